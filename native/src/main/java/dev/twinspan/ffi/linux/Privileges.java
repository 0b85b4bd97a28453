package dev.twinspan.ffi.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What this process may ask of the kernel, asked before it is tried, so that refusals have words.
 */
public final class Privileges {
  static final String TUN_DEVICE = "/dev/net/tun";

  /** Capabilities of linux/capability.h that Twinspan needs, by their bit. */
  public enum Capability {
    CAP_NET_BIND_SERVICE(10),
    CAP_NET_ADMIN(12),
    CAP_NET_RAW(13),
    CAP_IPC_LOCK(14),
    CAP_SYS_ADMIN(21);

    private final int bit;

    Capability(int bit) {
      this.bit = bit;
    }
  }

  private Privileges() {}

  /**
   * Whether the calling thread has it in its effective set. In a user namespace that is no promise
   * for what belongs to another one.
   */
  public static boolean has(Capability capability) {
    try {
      return has(capability, Files.readString(Path.of("/proc/thread-self/status")));
    } catch (IOException _) {
      // Without /proc there is no telling: the kernel will answer when asked.
      return true;
    }
  }

  static boolean has(Capability capability, String status) {
    return status
        .lines()
        .filter(line -> line.startsWith("CapEff:"))
        .map(line -> Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16))
        .anyMatch(effective -> (effective >>> capability.bit & 1) != 0);
  }

  /** Why this process could not open a TUN device, and the way out; empty when it may try. */
  public static Optional<String> tunObstacle() {
    Path device = Path.of(TUN_DEVICE);
    if (!Files.exists(device)) {
      return Optional.of(
          "there is no "
              + TUN_DEVICE
              + ": load the kernel module with \"modprobe tun\","
              + " or give the container this device");
    }
    if (!Files.isReadable(device) || !Files.isWritable(device)) {
      return Optional.of(
          TUN_DEVICE
              + " is not readable and writable for this user: run as root,"
              + " or set its mode to 0666 as udev does");
    }
    if (!has(Capability.CAP_NET_ADMIN)) {
      return Optional.of(
          "making a TUN device needs CAP_NET_ADMIN, which this process lacks: run as root,"
              + " or put AmbientCapabilities=CAP_NET_ADMIN into the systemd unit");
    }
    return Optional.empty();
  }
}
