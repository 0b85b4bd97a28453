package dev.twinspan.agent.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.board.Board;
import dev.twinspan.agent.board.BoardJson;
import dev.twinspan.agent.board.BoardReader;
import dev.twinspan.agent.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files as a kernel shows them, and the boards as they are. */
class ThermometerTest {
  private static final BoardReader BOARDS = new BoardReader(Path.of("../boards"));

  @TempDir Path folder;

  private void zone(int index, String type, String temperature) throws IOException {
    Path zone = Files.createDirectories(folder.resolve("thermal_zone" + index));
    Files.writeString(zone.resolve("type"), type + "\n");
    Files.writeString(zone.resolve("temp"), temperature + "\n");
  }

  /** By the file that image/build leaves in the image. */
  private Optional<Board> board(String id) throws Exception {
    Path json = folder.resolve(id + ".json");
    Files.writeString(json, Json.pretty(BoardJson.tree(BOARDS.read(id))));
    return BoardReader.installed(json);
  }

  @Test
  void shouldMeasureTheProcessorWhereverItsZoneStands() throws Exception {
    zone(0, "acpitz", "27800");
    zone(1, "x86_pkg_temp", "61500");
    assertThat(Thermometer.of(folder, board("x86-64-uefi")).celsius()).isEqualTo(61.5);
    assertThat(Thermometer.of(folder, Optional.empty()).celsius()).isEqualTo(27.8);
    assertThat(Thermometer.of(folder, board("raspberry-pi-4")).celsius())
        .as("a zone of another type is better than none")
        .isEqualTo(27.8);
  }

  @Test
  void shouldSayNothingWhereThereIsNone() throws Exception {
    assertThat(Thermometer.of(folder, board("x86-64-uefi")).celsius()).isNaN();
    zone(0, "acpitz", "");
    assertThat(Thermometer.of(folder, Optional.empty()).celsius()).isNaN();
    zone(0, "acpitz", "27800");
    assertThat(Thermometer.of(folder, board("qemu-x86-64")).celsius()).isNaN();
  }

  @Test
  void shouldGoByNoBoardThatIsSpoilt() throws Exception {
    assertThat(board("raspberry-pi-4").map(Board::cores)).contains(4);
    assertThat(board("raspberry-pi-4")).contains(BOARDS.read("raspberry-pi-4"));
    assertThat(BoardReader.installed(folder.resolve("none.json"))).isEmpty();
    Path cut = folder.resolve("cut.json");
    for (String text : new String[] {"", "{\"id\": \"x", "{}", "[]", "{\"status\": \"warp\"}"}) {
      Files.writeString(cut, text);
      assertThat(BoardReader.installed(cut)).as(text).isEmpty();
    }
  }
}
