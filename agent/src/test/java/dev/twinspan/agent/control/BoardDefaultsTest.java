package dev.twinspan.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.board.BoardJson;
import dev.twinspan.agent.board.BoardReader;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConfigFixture;
import dev.twinspan.agent.config.ConfigReader;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.datapath.Offload;
import dev.twinspan.datapath.OffloadSwitches;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoardDefaultsTest {
  private static final Path BOARDS = Path.of("../boards");

  @TempDir private Path folder;

  /** A board whose card is bad at two things, by way of the file that the image build leaves. */
  private BoardDefaults bad() throws Exception {
    Path boards = Files.createDirectory(folder.resolve("boards"));
    Files.createDirectory(boards.resolve("family"));
    Files.copy(BOARDS.resolve("family/pc.toml"), boards.resolve("family/pc.toml"));
    String text = Files.readString(BOARDS.resolve("qemu-x86-64.toml"));
    Files.writeString(
        boards.resolve("qemu-x86-64.toml"),
        text.replace("[network]", "[network]\noffloads-off = [\"udp-gro\", \"uso\"]")
            .replace("cores = 1", "cores = 1\nnice = -5"));
    Path json = folder.resolve("board.json");
    Files.writeString(
        json, Json.pretty(BoardJson.tree(new BoardReader(boards).read("qemu-x86-64"))));
    return BoardDefaults.of(BoardReader.installed(json));
  }

  private AgentConfig config(String tunnelDevice) throws Exception {
    Path box = Files.createTempDirectory(folder, "box");
    ConfigFixture fixture = new ConfigFixture(box);
    Path file = fixture.write();
    Files.writeString(
        file,
        Files.readString(file).replaceFirst("(?m)^tunnel-device:.*\\R(^ .*\\R)*", "")
            + "\ntunnel-device: "
            + tunnelDevice
            + "\n");
    return Objects.requireNonNull(ConfigReader.read(file).config());
  }

  @Test
  void shouldSwitchOffWhatTheBoardsCardsGetWrongAndSayWhy() throws Exception {
    BoardDefaults board = bad();

    assertThat(board.offloads(config("{}")))
        .isEqualTo(new OffloadSwitches(true, true, false, true, true, false));
    assertThat(board.told(new Offload("198.51.100.7:4500", "UDP_GRO", false, "by configuration")))
        .isEqualTo(
            new AgentStatus.Offload(
                "198.51.100.7:4500 UDP_GRO",
                false,
                "switched off: the network cards of this board (QEMU, x86-64 (q35, UEFI)) get it"
                    + " wrong"));
    assertThat(board.told(new Offload("twinspan0", "TSO", false, "the kernel refuses it")))
        .isEqualTo(new AgentStatus.Offload("twinspan0 TSO", false, "the kernel refuses it"));
  }

  @Test
  void shouldKeepOffWhatTheConfigurationSwitchesOff() throws Exception {
    assertThat(bad().offloads(config("{offloads: {tso: false}}")))
        .isEqualTo(new OffloadSwitches(true, false, false, true, true, false));
  }

  @Test
  void shouldPreferTheConfigurationsOwnNiceValue() throws Exception {
    BoardDefaults board = bad();

    assertThat(List.of(board.nice(config("{}")), board.nice(config("{nice: -3}"))))
        .containsExactly(-5, -3);
  }

  @Test
  void shouldLeaveAMachineThatIsNoBoardOfOursAsItIs() throws Exception {
    BoardDefaults none = BoardDefaults.of(Optional.empty());

    assertThat(none.offloads(config("{}"))).isEqualTo(OffloadSwitches.ALL);
    assertThat(none.nice(config("{}"))).isZero();
  }
}
