package dev.twinspan.ffi.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A cable between two namespaces can do no LRO, so that the flag next to it, which is of the same
 * word and can be set there, shows that the word is the kernel's.
 */
class EthtoolTest extends InNamespace {
  private static final int ETHTOOL_SFLAGS = 0x26;
  private static final int ETH_FLAG_RXVLAN = 1 << 8;

  @Test
  void shouldReadWhatADeviceDoes() {
    run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1");
    int fd = SocketCalls.socket(Sockaddr.AF_INET, SocketCalls.SOCK_DGRAM, 0, "a test");
    try {
      assertThat(Ethtool.flags(fd, "v0") & ETH_FLAG_RXVLAN).isNotZero();
      set(fd, "v0", Ethtool.flags(fd, "v0") & ~ETH_FLAG_RXVLAN);
      assertThat(Ethtool.flags(fd, "v0") & ETH_FLAG_RXVLAN).isZero();
      assertThat(Ethtool.flags(fd, "v1") & ETH_FLAG_RXVLAN).isNotZero();
    } finally {
      FileCalls.close(fd);
    }
  }

  @Test
  void shouldPassOverWhatCannotBeAsked() {
    run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1");
    assertThat(
            Ethtool.mergingByLro(
                List.of("lo", "v0", "gone", "a-name-that-is-longer-than-the-kernel-takes")))
        .isEmpty();
  }

  private static void set(int fd, String device, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(Ethtool.VALUE_SIZE, 8);
      value.set(Abi.U32, 0, ETHTOOL_SFLAGS);
      value.set(Abi.U32, Ethtool.VALUE_DATA, flags);
      MemorySegment request = arena.allocate(TunSetup.IFREQ_SIZE, 8);
      request.setString(0, device);
      request.set(Abi.U64, Ethtool.IFREQ_DATA, value.address());
      assertThat(FileCalls.ioctl(fd, Ethtool.SIOCETHTOOL, request)).isZero();
    }
  }
}
