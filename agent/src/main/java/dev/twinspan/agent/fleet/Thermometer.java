package dev.twinspan.agent.fleet;

import dev.twinspan.agent.board.Board;
import dev.twinspan.agent.board.BoardReader;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How warm the box is, by the kernel's thermal zone of the type that its board names, else by the
 * first one: which is the processor's differs from board to board, and by the order of drivers.
 * Source: the kernel's Documentation/ABI/testing/sysfs-class-thermal.
 *
 * @param file thousandths of a degree Celsius; null: there is none
 */
record Thermometer(@Nullable Path file) {
  private static final Path ZONES = Path.of("/sys/class/thermal");

  /** Looked for once. */
  static final class OfBox {
    static final Thermometer HERE = of(ZONES, BoardReader.installed(BoardReader.OF_BOX));

    private OfBox() {}
  }

  static Thermometer of(Path zones, Optional<Board> board) {
    String type = board.map(Board::thermalZone).orElse("");
    if (board.isPresent() && type.isEmpty()) {
      return new Thermometer(null);
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(zones, "thermal_zone*")) {
      for (Path zone : all) {
        if (!type.isEmpty() && Files.readString(zone.resolve("type")).strip().equals(type)) {
          return new Thermometer(zone.resolve("temp"));
        }
      }
    } catch (IOException _) {
      // As on a virtual machine.
    }
    return new Thermometer(zones.resolve("thermal_zone0").resolve("temp"));
  }

  /** NaN: not known. */
  double celsius() {
    if (file == null) {
      return Double.NaN;
    }
    try {
      return Integer.parseInt(Files.readString(file).strip()) / 1000.0;
    } catch (IOException | NumberFormatException _) {
      return Double.NaN; // a virtual machine has none, and some sensors fail now and then
    }
  }
}
