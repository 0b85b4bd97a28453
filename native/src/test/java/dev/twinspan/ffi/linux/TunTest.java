package dev.twinspan.ffi.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real packets between the kernel's stack and a TUN device, in a namespace of the test's own. */
class TunTest extends InNamespace {
  private static final int VNET = Tun.VNET_HEADER_LENGTH;
  private static final int GSO_UDP_L4 = 5;
  private static final int NEEDS_CSUM = 1;
  private static final int UDP_HEADER = 8;

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment buffer = arena.allocate(70_000, 64);
  private final MemorySegment iovecs = arena.allocate(2L * Abi.IOVEC_SIZE, 8);
  private final UdpSocket.Message message = new UdpSocket.Message();

  @Test
  void shouldOpenADeviceThatIsUpWithEveryOffload() {
    try (Tun.Device device = open("ts0", 1, true);
        RouteNetlink netlink = RouteNetlink.open()) {
      assertThat(device.tso()).as("%s", device.refused()).isTrue();
      assertThat(device.uso()).as("%s", device.refused()).isTrue();
      assertThat(device.refused()).isEmpty();
      assertThat(netlink.link(device.interfaceIndex()))
          .get()
          .returns("ts0", Link::name)
          .returns("tun", Link::kind)
          .returns(1400, Link::mtu)
          .matches(Link::isUp)
          .matches(Link::hasCarrier);
      // Nothing speaks unasked: no link-local address, no router solicitation.
      assertThat(netlink.addresses())
          .noneMatch(address -> address.interfaceIndex() == device.interfaceIndex());
      assertThat(read(device)).isEqualTo(-Errno.EAGAIN);
    }
  }

  @Test
  void shouldGoWithItsLastQueueUnlessPersistent() {
    try (RouteNetlink netlink = RouteNetlink.open()) {
      open("ts0", 1, true).close();
      assertThat(netlink.link("ts0")).isEmpty();

      Tun.open(new Tun.Options("ts1", 1, 1300, true, true)).close();
      assertThat(netlink.link("ts1")).isPresent();

      open("ts1", 1, true).close();
      assertThat(netlink.link("ts1")).as("attached again, and no longer persistent").isEmpty();
    }
  }

  @Test
  void shouldOpenSeveralQueues() {
    try (Tun.Device device = open("ts0", 4, true)) {
      assertThat(device.queues()).hasSize(4).extracting(Tun::fd).doesNotHaveDuplicates();
    }
  }

  @Test
  void shouldLetTheKernelNumberTheDevice() {
    try (Tun.Device first = open("ts%d", 1, true);
        Tun.Device second = open("ts%d", 1, true)) {
      assertThat(first.name()).isEqualTo("ts0");
      assertThat(second.name()).isEqualTo("ts1");
    }
  }

  @ParameterizedTest
  @CsvSource({"10.99.0.1, 10.99.0.2, 24", "2001:db8::1, 2001:db8::2, 64"})
  void shouldReadASuperPacketWithItsHeader(String own, String peer, int prefix) {
    try (Tun.Device device = open("ts0", 1, true)) {
      addAddress(device, own, prefix);
      byte[] payload = send(own, peer, 20 * 1000 - 3, 1000);

      int n = readUdp(device);

      int ipHeader = own.contains(":") ? 40 : 20;
      assertThat(n).isEqualTo(VNET + ipHeader + UDP_HEADER + payload.length);
      assertThat(buffer.get(Abi.U8, 0)).as("flags").isEqualTo((byte) NEEDS_CSUM);
      assertThat(buffer.get(Abi.U8, 1)).as("gso_type").isEqualTo((byte) GSO_UDP_L4);
      assertThat(buffer.get(Abi.U16, 4)).as("gso_size").isEqualTo((short) 1000);
      assertThat(buffer.get(Abi.U16, 6)).as("csum_start").isEqualTo((short) ipHeader);
      assertThat(buffer.get(Abi.U16, 8)).as("csum_offset").isEqualTo((short) 6);
      assertPayload(VNET + ipHeader + UDP_HEADER, payload, 0, payload.length);
    }
  }

  @ParameterizedTest
  @CsvSource({"10.99.0.1, 10.99.0.2, 24", "2001:db8::1, 2001:db8::2, 64"})
  void shouldReadPacketByPacketWithoutOffloads(String own, String peer, int prefix) {
    try (Tun.Device device = open("ts0", 1, false)) {
      assertThat(device.tso()).isFalse();
      assertThat(device.uso()).isFalse();
      assertThat(device.refused())
          .containsExactly(
              "checksum: switched off by configuration",
              "TSO: switched off by configuration",
              "USO: switched off by configuration");
      addAddress(device, own, prefix);
      byte[] payload = send(own, peer, 3 * 1000, 1000);

      int headers = VNET + (own.contains(":") ? 40 : 20) + UDP_HEADER;
      for (int i = 0; i < 3; i++) {
        assertThat(readUdp(device)).isEqualTo(headers + 1000);
        assertThat(buffer.get(Abi.U8, 1)).as("gso_type").isZero();
        assertPayload(headers, payload, i * 1000, 1000);
      }
    }
  }

  /** What is read goes back with its addresses turned round: the kernel takes it for the peer's. */
  @ParameterizedTest
  @CsvSource({
    "10.99.0.1, 10.99.0.2, 24, 44",
    "10.99.0.1, 10.99.0.2, 24, 1",
    "2001:db8::1, 2001:db8::2, 64, 44",
    "2001:db8::1, 2001:db8::2, 64, 1"
  })
  void shouldWriteASuperPacketGatheredFromTwoPlaces(
      String own, String peer, int prefix, int segments) {
    try (Tun.Device device = open("ts0", 1, true)) {
      addAddress(device, own, prefix);
      try (UdpSocket socket = socket(own)) {
        byte[] payload = send(socket, peer, socket.localAddress().getPort(), segments * 1000, 1000);
        int n = readUdp(device);
        boolean inet6 = own.contains(":");
        turnRound(inet6);

        int head = VNET + (inet6 ? 40 : 20) + UDP_HEADER;
        MemorySegment elsewhere = arena.allocate(n - head);
        MemorySegment.copy(buffer, head, elsewhere, 0, n - head);
        iovecs.set(Abi.U64, 0, buffer.address());
        iovecs.set(Abi.U64, 8, head);
        iovecs.set(Abi.U64, 16, elsewhere.address());
        iovecs.set(Abi.U64, 24, elsewhere.byteSize());
        assertThat(device.queues().getFirst().write(iovecs, 2)).isEqualTo(n);

        assertThat(FileCalls.awaitReadable(socket.fd(), 2000)).isTrue();
        assertThat(socket.receive(buffer, 0, 65536, message)).isEqualTo(payload.length);
        assertThat(message.segmentSize()).isEqualTo(1000);
        assertThat(message.peer()).isEqualTo(address(peer, socket.localAddress().getPort()));
        assertPayload(0, payload, 0, payload.length);
      }
    }
  }

  @Test
  void shouldReturnNegativeErrnoForAPacketTheKernelRefuses() {
    try (Tun.Device device = open("ts0", 1, true)) {
      buffer.fill((byte) 0);
      iovecs.set(Abi.U64, 0, buffer.address());
      iovecs.set(Abi.U64, 8, VNET + 40L);

      assertThat(device.queues().getFirst().write(iovecs, 1)).isEqualTo(-Errno.EINVAL);
    }
  }

  @Test
  void shouldSayWhatStandsInTheWay() {
    run("ip", "link", "add", "taken", "type", "veth");
    assertThatThrownBy(() -> open("taken", 1, true))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("ioctl(TUNSETIFF, name=taken): EINVAL")
        .hasMessageContaining("tunnel-device name");

    try (Tun.Device _ = open("busy", 1, true)) {
      assertThatThrownBy(() -> open("busy", 1, true))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("EBUSY")
          .hasMessageContaining("another process holds this device");
    }
  }

  @Test
  void shouldRefuseOptionsThatCannotBe() {
    assertThatThrownBy(() -> new Tun.Options("sixteen-letters-", 1, 1400, true))
        .hasMessageContaining("sixteen-letters-")
        .hasMessageContaining("1 to 15");
    assertThatThrownBy(() -> new Tun.Options("a b", 1, 1400, true)).hasMessageContaining("a b");
    assertThatThrownBy(() -> new Tun.Options("a", 0, 1400, true)).hasMessageContaining("queues 0");
    assertThatThrownBy(() -> new Tun.Options("a", 1, 60, true)).hasMessageContaining("mtu 60");
  }

  /** 64 KB at the usual MSS, from a host behind this one. */
  @Test
  void shouldReadAForwardedSuperPacketWhole() throws IOException {
    try (NetworkNamespace lan = createOrSkip();
        Tun.Device device = open("ts0", 1, true)) {
      String peer = lan.path().toString();
      run("ip", "link", "add", "l0", "type", "veth", "peer", "name", "h0", "netns", peer);
      run("ip", "addr", "add", "192.168.50.1/24", "dev", "l0");
      run("ip", "link", "set", "l0", "up");
      run("ip", "route", "add", "10.10.0.0/16", "dev", "ts0");
      Files.writeString(Path.of("/proc/sys/net/ipv4/ip_forward"), "1");
      UdpSocket host =
          lan.call(
              () -> {
                run("ip", "addr", "add", "192.168.50.2/24", "dev", "h0");
                run("ip", "link", "set", "h0", "up");
                run("ip", "route", "add", "default", "via", "192.168.50.1");
                return socket("192.168.50.2");
              });
      try (host) {
        byte[] payload = send(host, "10.10.0.5", 9, 48 * 1350, 1350);

        assertThat(FileCalls.awaitReadable(device.queues().getFirst().fd(), 5000)).isTrue();
        assertThat(readUdp(device)).isEqualTo(VNET + 20 + UDP_HEADER + payload.length);
        assertPayload(VNET + 20 + UDP_HEADER, payload, 0, payload.length);
      }
    }
  }

  @Test
  void shouldAllocateNothingPerPacket() {
    try (Tun.Device device = open("ts0", 1, true)) {
      addAddress(device, "10.99.0.1", 24);
      try (UdpSocket socket = socket("10.99.0.1")) {
        message.peer(address("10.99.0.2", 9));
        Tun queue = device.queues().getFirst();
        assertThat(Allocation.leastOf(() -> exchange(socket, queue, 100_000))).isZero();
      }
    }
  }

  /** The packet read is written as it is: the kernel drops it as its own, which is cheap. */
  private long exchange(UdpSocket socket, Tun queue, int times) {
    long sum = 0;
    for (int i = 0; i < times; i++) {
      sum += socket.send(buffer, 0, 100, message);
      int n = queue.read(buffer, 0, 65_546);
      iovecs.set(Abi.U64, 0, buffer.address());
      iovecs.set(Abi.U64, 8, n);
      sum += queue.write(iovecs, 1);
    }
    return sum;
  }

  private static Tun.Device open(String name, int queues, boolean offloads) {
    return Tun.open(new Tun.Options(name, queues, 1400, offloads));
  }

  private int read(Tun.Device device) {
    return device.queues().getFirst().read(buffer, 0, (int) buffer.byteSize());
  }

  /** Passes over what IPv6 says to its multicast groups when an address is added. */
  private int readUdp(Tun.Device device) {
    int n;
    int protocol;
    do {
      n = read(device);
      assertThat(n).as("a packet is there").isPositive();
      boolean inet6 = (buffer.get(Abi.U8, VNET) & 0xf0) == 0x60;
      protocol = buffer.get(Abi.U8, VNET + (inet6 ? 6 : 9));
    } while (protocol != 17);
    return n;
  }

  private static void addAddress(Tun.Device device, String address, int prefix) {
    addAddress(device.interfaceIndex(), address, prefix);
  }

  private byte[] send(String own, String peer, int length, int segment) {
    try (UdpSocket socket = socket(own)) {
      return send(socket, peer, 9, length, segment);
    }
  }

  private byte[] send(UdpSocket socket, String peer, int port, int length, int segment) {
    byte[] payload = new byte[length];
    new Random(length).nextBytes(payload);
    MemorySegment.copy(payload, 0, buffer, ValueLayout.JAVA_BYTE, 0, length);
    message.peer(address(peer, port));
    message.segmentSize(segment);
    assertThat(socket.send(buffer, 0, length, message)).isEqualTo(length);
    return payload;
  }

  private static UdpSocket socket(String own) {
    return UdpSocket.open(new UdpSocket.Options(address(own, 0), 0, true, 1 << 20));
  }

  /** Swaps source and destination of the packet in the buffer; no checksum changes by that. */
  private void turnRound(boolean inet6) {
    int length = inet6 ? 16 : 4;
    long source = VNET + (inet6 ? 8 : 12);
    byte[] swapped = new byte[2 * length];
    MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, source + length, swapped, 0, length);
    MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, source, swapped, length, length);
    MemorySegment.copy(swapped, 0, buffer, ValueLayout.JAVA_BYTE, source, 2 * length);
  }

  private void assertPayload(long at, byte[] payload, int from, int length) {
    MemorySegment expected = MemorySegment.ofArray(payload).asSlice(from, length);
    assertThat(buffer.asSlice(at, length).mismatch(expected)).isEqualTo(-1);
  }

  private static InetSocketAddress address(String host, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }
}
