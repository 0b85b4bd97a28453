package dev.twinspan.ffi.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UdpSocketTest {
  private static final int SEGMENT = 1400;
  private static final int SEGMENTS = 44;

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment out = arena.allocate(65536, 64);
  private final MemorySegment in = arena.allocate(65536, 64);
  private final UdpSocket.Message sending = new UdpSocket.Message();
  private final UdpSocket.Message receiving = new UdpSocket.Message();

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void shouldSendASuperPacketAndReceiveItWhole(String host) {
    try (UdpSocket a = open(host);
        UdpSocket b = open(host)) {
      assertThat(a.segmentation()).as(a.noSegmentation()).isTrue();
      assertThat(b.coalescing()).as(b.noCoalescing()).isTrue();
      byte[] payload = randomPayload(SEGMENTS * SEGMENT - 7);
      sending.peer(b.localAddress());
      sending.segmentSize(SEGMENT);
      sending.tos(0xb8 | 1);

      int sent = a.send(out, 64, payload.length, sending);
      int received = receive(b, 128);

      assertThat(sent).isEqualTo(payload.length);
      assertThat(received).isEqualTo(payload.length);
      assertThat(in.asSlice(128, received).mismatch(MemorySegment.ofArray(payload))).isEqualTo(-1);
      assertThat(receiving.segmentSize()).isEqualTo(SEGMENT);
      assertThat(receiving.tos()).isEqualTo(0xb9);
      assertThat(receiving.peer()).isEqualTo(a.localAddress());
      assertThat(receiving.local()).isEqualTo(b.localAddress());
      assertThat(receiving.truncated()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void shouldCutASuperPacketItselfWhenSegmentationWasTurnedOff(String host) {
    try (UdpSocket a = open(host);
        UdpSocket b = open(host)) {
      a.disableSegmentation("the NIC answered EIO");
      sending.peer(b.localAddress());
      sending.segmentSize(SEGMENT);
      byte[] payload = randomPayload(2 * SEGMENT + 100);

      assertThat(a.send(out, 64, payload.length, sending)).isEqualTo(payload.length);

      assertThat(receive(b, 0)).isEqualTo(SEGMENT);
      assertThat(receiving.segmentSize()).isEqualTo(SEGMENT);
      assertThat(receive(b, SEGMENT)).isEqualTo(SEGMENT);
      assertThat(receive(b, 2 * SEGMENT)).isEqualTo(100);
      assertThat(in.asSlice(0, payload.length).mismatch(MemorySegment.ofArray(payload)))
          .isEqualTo(-1);
      assertThat(a.segmentation()).isFalse();
      assertThat(a.noSegmentation()).isEqualTo("the NIC answered EIO");
      assertThat(a.coalescing()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::"})
  void shouldAnswerFromTheAddressThatWasAddressed(String wildcard) {
    boolean inet6 = wildcard.equals("::");
    // All of 127/8 is local, so the kernel alone would answer from 127.0.0.1.
    String addressed = inet6 ? "::1" : "127.9.9.9";
    try (UdpSocket client = open(inet6 ? "::1" : "127.0.0.1");
        UdpSocket server = open(wildcard)) {
      InetSocketAddress target = address(addressed, server.localAddress().getPort());
      sending.peer(target);
      assertThat(client.send(out, 0, 10, sending)).isEqualTo(10);
      assertThat(receive(server, 0)).isEqualTo(10);
      assertThat(receiving.local()).isEqualTo(target);

      // The very message that was received carries the answer.
      receiving.segmentSize(0);
      assertThat(server.send(out, 0, 3, receiving)).isEqualTo(3);

      UdpSocket.Message answer = new UdpSocket.Message();
      assertThat(FileCalls.awaitReadable(client.fd(), 2000)).isTrue();
      assertThat(client.receive(in, 0, 100, answer)).isEqualTo(3);
      assertThat(answer.peer()).isEqualTo(target);
    }
  }

  @Test
  void shouldPinTheSourceAddress() {
    try (UdpSocket a = open("0.0.0.0");
        UdpSocket b = open("127.0.0.1")) {
      sending.peer(b.localAddress());
      sending.local(address("127.4.4.4", 0));

      assertThat(a.send(out, 0, 1, sending)).isEqualTo(1);

      assertThat(receive(b, 0)).isEqualTo(1);
      assertThat(receiving.peer()).isEqualTo(address("127.4.4.4", a.localAddress().getPort()));
    }
  }

  @Test
  void shouldTellPeersApartWithoutObjects() {
    UdpSocket.Message message = new UdpSocket.Message();

    message.peer(address("192.0.2.1", 4500));
    assertThat(message.peerHigh()).isZero();
    assertThat(message.peerLow()).isEqualTo(0xffff_c000_0201L);
    assertThat(message.peerPort()).isEqualTo(4500);

    message.peer(address("2001:db8::7", 65535));
    assertThat(message.peerHigh()).isEqualTo(0x2001_0db8_0000_0000L);
    assertThat(message.peerLow()).isEqualTo(7);
    assertThat(message.peerPort()).isEqualTo(65535);
    assertThat(message.peer()).isEqualTo(address("2001:db8::7", 65535));
  }

  @Test
  void shouldReturnNegativeErrnoAndThrowNothing() {
    try (UdpSocket socket = open("127.0.0.1")) {
      assertThat(socket.receive(in, 0, 100, receiving)).isEqualTo(-Errno.EAGAIN);

      sending.peer(address("127.0.0.1", 9));
      assertThat(socket.send(out, 0, 65508, sending)).isEqualTo(-Errno.EMSGSIZE);

      sending.peer(address("::1", 9));
      assertThat(socket.send(out, 0, 1, sending)).isEqualTo(-Errno.EAFNOSUPPORT);
    }
  }

  @Test
  void shouldSayThatADatagramWasCut() {
    try (UdpSocket a = open("127.0.0.1");
        UdpSocket b = open("127.0.0.1")) {
      sending.peer(b.localAddress());
      a.send(out, 0, 100, sending);
      assertThat(FileCalls.awaitReadable(b.fd(), 2000)).isTrue();

      assertThat(b.receive(in, 0, 60, receiving)).isEqualTo(60);
      assertThat(receiving.truncated()).isTrue();
    }
  }

  @Test
  void shouldRefuseMemoryTheKernelMustNotTouch() {
    try (UdpSocket socket = open("127.0.0.1")) {
      assertThatThrownBy(() -> socket.receive(in, 65530, 7, receiving))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(
              () -> socket.receive(MemorySegment.ofArray(new byte[10]), 0, 10, receiving))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("off-heap");
    }
  }

  @Test
  void shouldNameThePortThatIsTaken() {
    try (UdpSocket first = open("127.0.0.1")) {
      assertThatThrownBy(() -> UdpSocket.open(options(first.localAddress())))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("bind(/127.0.0.1:" + first.localAddress().getPort() + ")")
          .hasMessageContaining("EADDRINUSE (98, address already in use)")
          .extracting(e -> ((KernelException) e).errno())
          .isEqualTo(Errno.EADDRINUSE);
    }
  }

  @Test
  void shouldShareAPortBetweenWorkersWhenAsked() {
    InetSocketAddress any = address("127.0.0.1", 0);
    try (UdpSocket first = UdpSocket.open(new UdpSocket.Options(any, 0, true, 0, true));
        UdpSocket second =
            UdpSocket.open(new UdpSocket.Options(first.localAddress(), 0, true, 0, true))) {
      assertThat(second.localAddress()).isEqualTo(first.localAddress());
    }
  }

  @Test
  void shouldSayWhatBuffersItGot() {
    InetSocketAddress any = address("127.0.0.1", 0);
    try (UdpSocket socket = UdpSocket.open(new UdpSocket.Options(any, 0, false, 1 << 20))) {
      assertThat(socket.bufferReason()).contains("receive buffer", "send buffer", "1048576");
      assertThat(socket.segmentation()).isFalse();
      assertThat(socket.coalescing()).isFalse();
      assertThat(socket.noSegmentation()).isEqualTo("switched off by configuration");
      assertThat(socket.noCoalescing()).isEqualTo("switched off by configuration");
    }
  }

  @Test
  void shouldAllocateNothingPerDatagram() {
    try (UdpSocket a = open("127.0.0.1");
        UdpSocket b = open("127.0.0.1")) {
      sending.peer(b.localAddress());
      sending.segmentSize(100);
      sending.tos(1);
      assertThat(Allocation.leastOf(() -> exchange(a, b, 100_000))).isZero();
    }
  }

  private long exchange(UdpSocket a, UdpSocket b, int times) {
    long sum = 0;
    for (int i = 0; i < times; i++) {
      sum += a.send(out, 0, 300, sending);
      sum += b.receive(in, 0, 65536, receiving);
      sum += receiving.segmentSize() + receiving.tos();
      sum += receiving.peerHigh() + receiving.peerLow() + receiving.peerPort();
      sum += b.receive(in, 0, 65536, receiving);
    }
    return sum;
  }

  private int receive(UdpSocket socket, long offset) {
    assertThat(FileCalls.awaitReadable(socket.fd(), 2000)).as("a datagram came").isTrue();
    return socket.receive(in, offset, (int) (in.byteSize() - offset), receiving);
  }

  private byte[] randomPayload(int length) {
    byte[] payload = new byte[length];
    new Random(length).nextBytes(payload);
    MemorySegment.copy(payload, 0, out, ValueLayout.JAVA_BYTE, 64, length);
    return payload;
  }

  private static UdpSocket open(String host) {
    return UdpSocket.open(options(address(host, 0)));
  }

  private static UdpSocket.Options options(InetSocketAddress local) {
    return new UdpSocket.Options(local, 0, true, 0);
  }

  private static InetSocketAddress address(String host, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }
}
