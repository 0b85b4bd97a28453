package dev.twinspan.ffi.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** UDP and raw sockets over a cable between two machines: a veth pair between two namespaces. */
class VethTest extends InNamespace {
  private static final String OURS = "192.0.2.1";
  private static final String THEIRS = "192.0.2.2";
  private static final String OURS6 = "2001:db8::1";
  private static final String THEIRS6 = "2001:db8::2";

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment out = arena.allocate(65536, 64);
  private final MemorySegment in = arena.allocate(65536, 64);
  private final UdpSocket.Message sending = new UdpSocket.Message();
  private final UdpSocket.Message receiving = new UdpSocket.Message();
  private NetworkNamespace there;

  @BeforeEach
  void layCable() {
    there = createOrSkip();
    String peer = there.path().toString();
    run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1", "netns", peer);
    plug("v0", OURS, OURS6);
    there.call(() -> plug("v1", THEIRS, THEIRS6));
  }

  @AfterEach
  void removeCable() {
    if (there != null) {
      there.close();
    }
  }

  private static boolean plug(String name, String address, String address6) {
    try (RouteNetlink netlink = RouteNetlink.open()) {
      int index = netlink.link(name).orElseThrow().index();
      netlink.setLinkUp(index);
      addAddress(index, address, 24);
      addAddress(index, address6, 64);
      return true;
    }
  }

  @ParameterizedTest
  @CsvSource({OURS + "," + THEIRS, OURS6 + "," + THEIRS6})
  void shouldCarryASuperPacketAsOne(String ours, String theirs) {
    try (UdpSocket a = udp(ours);
        UdpSocket b = there.call(() -> udp(theirs))) {
      sending.peer(b.localAddress());
      sending.segmentSize(1400);
      sending.tos(0x2a);
      byte[] payload = randomPayload(44 * 1400);

      assertThat(a.send(out, 0, payload.length, sending)).isEqualTo(payload.length);

      assertThat(received(b.fd(), () -> b.receive(in, 0, 65536, receiving)))
          .isEqualTo(payload.length);
      assertThat(receiving.segmentSize()).isEqualTo(1400);
      assertThat(receiving.tos()).isEqualTo(0x2a);
      assertThat(receiving.peer()).isEqualTo(a.localAddress());
      assertThat(in.asSlice(0, payload.length).mismatch(MemorySegment.ofArray(payload)))
          .isEqualTo(-1);
    }
  }

  /** The receiver gets them one by one: an old kernel, or a NIC that cannot. */
  @Test
  void shouldCarryTheSameDatagramsWithoutOffloads() {
    try (UdpSocket a = udp(OURS);
        UdpSocket b =
            there.call(
                () ->
                    UdpSocket.open(new UdpSocket.Options(address(THEIRS, 0), 0, false, 1 << 20)))) {
      sending.peer(b.localAddress());
      sending.segmentSize(1400);
      byte[] payload = randomPayload(3 * 1400 + 5);

      assertThat(a.send(out, 0, payload.length, sending)).isEqualTo(payload.length);

      for (int offset = 0; offset < payload.length; offset += 1400) {
        int at = offset;
        int expected = Math.min(1400, payload.length - at);
        assertThat(received(b.fd(), () -> b.receive(in, at, 2000, receiving))).isEqualTo(expected);
        assertThat(receiving.segmentSize()).isEqualTo(expected);
      }
      assertThat(in.asSlice(0, payload.length).mismatch(MemorySegment.ofArray(payload)))
          .isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @CsvSource({OURS + "," + THEIRS, OURS6 + "," + THEIRS6})
  void shouldRefuseToFragment(String ours, String theirs) {
    try (UdpSocket a = udp(ours);
        UdpSocket b = there.call(() -> udp(theirs))) {
      sending.peer(b.localAddress());
      int headers = ours.contains(":") ? 48 : 28;

      assertThat(a.send(out, 0, 1500 - headers, sending)).isEqualTo(1500 - headers);
      assertThat(a.send(out, 0, 1501 - headers, sending)).isEqualTo(-Errno.EMSGSIZE);

      sending.segmentSize(1501 - headers);
      assertThat(a.send(out, 0, 3000, sending)).isIn(-Errno.EMSGSIZE, -Errno.EINVAL);
    }
  }

  @Test
  void shouldLearnThePathMtuFromTheRoute() {
    try (RouteNetlink netlink = RouteNetlink.open();
        UdpSocket a = udp(OURS)) {
      int v0 = netlink.link("v0").orElseThrow().index();
      netlink.addRoute(KernelRoute.to(IpPrefix.of(THEIRS), v0).withMtu(1300));
      sending.peer(address(THEIRS, 4500));

      assertThat(a.send(out, 0, 1273, sending)).isEqualTo(-Errno.EMSGSIZE);
      assertThat(netlink.routeTo(InetAddress.ofLiteral(THEIRS), 0))
          .get()
          .returns(1300, KernelRoute::mtu);
    }
  }

  @Test
  void shouldReportAPeerWithoutARoute() {
    try (UdpSocket a = udp(OURS)) {
      sending.peer(address("203.0.113.9", 4500));

      assertThat(a.send(out, 0, 100, sending)).isEqualTo(-Errno.ENETUNREACH);
    }
  }

  @Test
  void shouldMarkItsPacketsForPolicyRouting() {
    try (RouteNetlink netlink = RouteNetlink.open()) {
      netlink.addRoute(KernelRoute.unreachable(IpPrefix.of("0.0.0.0/0")).withTable(77));
      netlink.addRule(KernelRule.lookup(true, 50, 77).withMark(0x7357));
      sending.peer(address(THEIRS, 4500));
      try (UdpSocket marked =
              UdpSocket.open(new UdpSocket.Options(address(OURS, 0), 0x7357, true, 0));
          UdpSocket plain = udp(OURS)) {
        assertThat(marked.send(out, 0, 1, sending)).isEqualTo(-Errno.EHOSTUNREACH);
        assertThat(plain.send(out, 0, 1, sending)).isEqualTo(1);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({OURS + "," + THEIRS, OURS6 + "," + THEIRS6})
  void shouldCarryRawEspWithoutItsOuterHeader(String ours, String theirs) {
    try (RawSocket a = raw(ours);
        RawSocket b = there.call(() -> raw(theirs))) {
      sending.peer(address(theirs, 0));
      sending.segmentSize(1000);
      sending.tos(0x2a);
      byte[] payload = randomPayload(2100);

      assertThat(a.send(out, 0, payload.length, sending)).isEqualTo(payload.length);

      for (int offset = 0; offset < payload.length; offset += 1000) {
        int at = offset;
        assertThat(received(b.fd(), () -> b.receive(in, at, 2000, receiving)))
            .isEqualTo(Math.min(1000, payload.length - at));
        assertThat(receiving.tos()).isEqualTo(0x2a);
        assertThat(receiving.peer()).isEqualTo(address(ours, 0));
        assertThat(receiving.local()).isEqualTo(address(theirs, 0));
      }
      assertThat(in.asSlice(0, payload.length).mismatch(MemorySegment.ofArray(payload)))
          .isEqualTo(-1);
    }
  }

  @Test
  void shouldReturnErrnoFromARawSocket() {
    try (RawSocket a = raw(OURS)) {
      assertThat(a.receive(in, 0, 100, receiving)).isEqualTo(-Errno.EAGAIN);

      sending.peer(address(THEIRS, 0));
      assertThat(a.send(out, 0, 1481, sending)).isEqualTo(-Errno.EMSGSIZE);
    }
  }

  /** A hand-made packet with four NOP options, from a TUN device. */
  @Test
  void shouldStripIpOptionsFromRawEsp() {
    try (Tun.Device tun = Tun.open(new Tun.Options("ts0", 1, 1400, true))) {
      addAddress(tun.interfaceIndex(), "10.99.0.1", 24);
      try (RawSocket socket = raw("10.99.0.1")) {
        int vnet = Tun.VNET_HEADER_LENGTH;
        MemorySegment packet = arena.allocate(vnet + 24 + 16, 8);
        byte[] header = {
          0x46, 0, 0, 40, 0, 0, 0, 0, 64, 50, 0, 0, 10, 99, 0, 2, 10, 99, 0, 1, 1, 1, 1, 1
        };
        int sum = checksum(header);
        header[10] = (byte) (sum >>> 8);
        header[11] = (byte) sum;
        MemorySegment.copy(header, 0, packet, ValueLayout.JAVA_BYTE, vnet, 24);
        byte[] esp = randomPayload(16);
        MemorySegment.copy(esp, 0, packet, ValueLayout.JAVA_BYTE, vnet + 24, 16);
        MemorySegment iovec = arena.allocate(16, 8);
        iovec.set(Abi.U64, 0, packet.address());
        iovec.set(Abi.U64, 8, packet.byteSize());

        assertThat(tun.queues().getFirst().write(iovec, 1)).isEqualTo(vnet + 40);

        assertThat(received(socket.fd(), () -> socket.receive(in, 0, 2000, receiving)))
            .isEqualTo(16);
        assertThat(in.asSlice(0, 16).mismatch(MemorySegment.ofArray(esp))).isEqualTo(-1);
        assertThat(receiving.peer()).isEqualTo(address("10.99.0.2", 0));
      }
    }
  }

  @Test
  void shouldNameTheAddressNoInterfaceHas() {
    for (Function<String, AutoCloseable> open :
        List.<Function<String, AutoCloseable>>of(VethTest::udp, VethTest::raw)) {
      assertThatThrownBy(() -> open.apply("198.51.100.99"))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("198.51.100.99")
          .hasMessageContaining("EADDRNOTAVAIL")
          .hasMessageContaining("no interface of this machine has this address");
    }
  }

  private static int checksum(byte[] header) {
    int sum = 0;
    for (int i = 0; i < header.length; i += 2) {
      sum += Byte.toUnsignedInt(header[i]) << 8 | Byte.toUnsignedInt(header[i + 1]);
    }
    return ~(sum + (sum >>> 16)) & 0xffff;
  }

  private static int received(int fd, IntSupplier receive) {
    assertThat(FileCalls.awaitReadable(fd, 2000)).as("something came").isTrue();
    return receive.getAsInt();
  }

  private byte[] randomPayload(int length) {
    byte[] payload = new byte[length];
    new Random(length).nextBytes(payload);
    MemorySegment.copy(payload, 0, out, ValueLayout.JAVA_BYTE, 0, length);
    return payload;
  }

  private static UdpSocket udp(String host) {
    return UdpSocket.open(new UdpSocket.Options(address(host, 0), 0, true, 1 << 20));
  }

  private static RawSocket raw(String host) {
    return RawSocket.open(new RawSocket.Options(address(host, 0), RawSocket.ESP, 0, 1 << 20));
  }

  private static InetSocketAddress address(String host, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }
}
