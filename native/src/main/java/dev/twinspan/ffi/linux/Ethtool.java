package dev.twinspan.ffi.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;

/**
 * What a network card does to packets before the kernel sees them, as ethtool(8) tells it. Reading
 * takes no privilege. Of the network namespace of the calling thread; any thread.
 */
public final class Ethtool {
  static final long SIOCETHTOOL = 0x8946L;
  static final int ETHTOOL_GFLAGS = 0x25;

  /** Large receive offload: segments of a TCP connection are merged, and cannot be told apart. */
  static final int ETH_FLAG_LRO = 1 << 15;

  /** struct ethtool_value: u32 cmd, u32 data. */
  static final int VALUE_SIZE = 8;

  static final int VALUE_DATA = 4;

  /** struct ifreq: name, 16 bytes with its NUL; a union of which this is the pointer. */
  static final int IFREQ_DATA = 16;

  private Ethtool() {}

  /**
   * Those of these devices that merge what they receive by LRO. One that cannot be asked, or is
   * gone by now, does not.
   *
   * @throws KernelException when there is no socket to ask by
   */
  public static List<String> mergingByLro(Collection<String> devices) {
    int fd =
        SocketCalls.socket(Sockaddr.AF_INET, SocketCalls.SOCK_DGRAM, 0, "to ask network cards");
    try {
      return devices.stream().filter(device -> (flags(fd, device) & ETH_FLAG_LRO) != 0).toList();
    } finally {
      FileCalls.close(fd);
    }
  }

  /** The legacy flags of a device, 0 where it does not tell. */
  static int flags(int fd, String device) {
    if (device.length() > Tun.NAME_LENGTH) {
      return 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(VALUE_SIZE, 8);
      value.set(Abi.U32, 0, ETHTOOL_GFLAGS);
      MemorySegment request = arena.allocate(TunSetup.IFREQ_SIZE, 8);
      request.setString(0, device);
      request.set(Abi.U64, IFREQ_DATA, value.address());
      int n = FileCalls.ioctl(fd, SIOCETHTOOL, request);
      return n < 0 ? 0 : value.get(Abi.U32, VALUE_DATA);
    }
  }
}
