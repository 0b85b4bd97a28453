package dev.twinspan.ffi.linux;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Coverage-guided fuzzing of the netlink decoders; IkeCodecFuzzTest (agent) says how to run it. The
 * kernel is trusted, yet a message of a newer one must not stop the agent.
 */
class NetlinkFuzzTest {
  static Stream<byte[]> seeds() {
    KernelRoute route =
        KernelRoute.via(IpPrefix.of("10.10.0.0/16"), InetAddress.ofLiteral("192.0.2.1"))
            .withInterface(3)
            .withMtu(1400);
    KernelRule rule = KernelRule.lookup(true, 5, 51000).withMark(1).withSuppressPrefixLength(0);
    return Stream.of(
        RouteRequests.route(Rtnetlink.RTM_NEWROUTE, 0, route).finish(1),
        RouteRequests.rule(Rtnetlink.RTM_NEWRULE, 0, rule).finish(1));
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "60s")
  void shouldAnswerAnyBytesWithAValueOrAClearError(byte[] bytes) {
    ByteBuffer datagram = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    if (bytes.length >= NetlinkMessage.HEADER) {
      // Guessing a length costs the fuzzer most of its time, and NetlinkMessageTest has them all.
      datagram.putInt(0, bytes.length);
    }
    try {
      for (NetlinkMessage message : NetlinkMessage.split(datagram)) {
        Rtnetlink.event(message);
        acknowledge(message);
      }
    } catch (MalformedNetlinkException e) {
      assertThat(e).hasMessageStartingWith("malformed netlink message");
    }
  }

  private static void acknowledge(NetlinkMessage message) {
    try {
      NetlinkClient.throwUnlessAck(message, "do it");
    } catch (KernelException e) {
      assertThat(e).hasMessageStartingWith("netlink: do it: ");
    }
  }
}
