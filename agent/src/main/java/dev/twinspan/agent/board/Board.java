package dev.twinspan.agent.board;

import java.util.List;

/**
 * A machine that Twinspan is flashed onto. The schema {@code board.schema.json} says what each
 * value means and may be.
 *
 * @param id the file's name without its ending
 */
public record Board(
    String id,
    String name,
    Status status,
    String architecture,
    Crypto crypto,
    Boot boot,
    Image image,
    Network network,
    int cores,
    int nice,
    Watchdog watchdog,
    String statusLed,
    String thermalZone,
    List<Figure> figures) {
  /** What was proven of it. */
  public enum Status {
    TESTED,
    EMULATED,
    BUILDS,
    PLANNED
  }

  /**
   * What its processor has for AES.
   *
   * @param instructions those for AES; {@code none} where there are none
   */
  public record Crypto(String instructions, String backEnd) {}

  /**
   * How it boots.
   *
   * @param files what its firmware reads, by paths below the root file system, patterns allowed
   * @param rawAt KiB from the disk's beginning to the boot loader, which the build is given; 0:
   *     none
   */
  public record Boot(String backEnd, List<String> console, List<String> files, int rawAt) {}

  public record Image(
      String kernel,
      String kernelSuite,
      List<String> packages,
      List<String> deviceTrees,
      List<String> drivers,
      int bootMib,
      int slotMib,
      int dataMib) {}

  /** Ports by their paths, as patterns. */
  public record Network(String wan, List<String> lan, List<String> offloadsOff) {}

  /**
   * The hardware's.
   *
   * @param device empty: there is none
   */
  public record Watchdog(String device, int seconds) {}

  /**
   * Something measured.
   *
   * @param machine the very machine, its kernel and load
   * @param commit of Twinspan
   */
  public record Figure(String what, double value, String unit, String machine, String commit) {}
}
