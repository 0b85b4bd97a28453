package dev.twinspan.agent.peers;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What QEMU plays for the boards that {@code image/try} boots, and what the agent finds there. */
enum GuestMachine {
  /**
   * An AMD, whose kernel keeps one set of page tables: emulated, changing them costs most of the
   * time. With AES; without AVX, of which QEMU 7 knows little, and without cmpxchg16b, of which
   * Debian's kernel panics there.
   */
  X86_64(
      "qemu-x86-64",
      "qemu-system-x86_64",
      "q35",
      "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+aes,+pclmulqdq,-svm,-cx16",
      List.of("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
      // The hardware watchdog that this machine can have.
      List.of("-device", "i6300esb,addr=0x7", "-action", "watchdog=reset"),
      "ipsec-mb"),

  /**
   * With the instructions for AES and GHASH that a Raspberry Pi 5 has; the board has no watchdog.
   */
  AARCH64(
      "qemu-aarch64",
      "qemu-system-aarch64",
      "virt",
      "cortex-a76",
      List.of("/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd"),
      List.of(),
      "libcrypto");

  private final String board;
  private final String program;
  private final String machine;
  private final String processor;
  private final List<String> firmware;
  private final List<String> watchdog;
  private final String backEnd;

  GuestMachine(
      String board,
      String program,
      String machine,
      String processor,
      List<String> firmware,
      List<String> watchdog,
      String backEnd) {
    this.board = board;
    this.program = program;
    this.machine = machine;
    this.processor = processor;
    this.firmware = firmware;
    this.watchdog = watchdog;
    this.backEnd = backEnd;
  }

  /** Of {@code -Dtwinspan.image.board}; {@code image/try} takes no board but these. */
  static GuestMachine ofProperty() {
    String board = System.getProperty("twinspan.image.board", X86_64.board);
    return Arrays.stream(values()).filter(m -> m.board.equals(board)).findFirst().orElseThrow();
  }

  String board() {
    return board;
  }

  /** That the agent must take for ESP: by the board's instructions. */
  String backEnd() {
    return backEnd;
  }

  Path code() {
    return Path.of(firmware.getFirst());
  }

  /** The firmware's settings, of which each guest has a copy. */
  Path variables() {
    return Path.of(firmware.getLast());
  }

  List<String> watchdog() {
    return watchdog;
  }

  /**
   * QEMU, machine and processor.
   *
   * @param accel tcg, or kvm where this machine has the board's architecture
   */
  List<String> command(String accel) {
    boolean emulated = accel.equals("tcg");
    return List.of(
        program,
        "-machine",
        machine,
        "-accel",
        emulated ? "tcg,thread=multi" : accel,
        "-cpu",
        emulated ? processor : "host");
  }
}
