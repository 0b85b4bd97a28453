package dev.twinspan.ffi.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NetlinkMessageTest {
  private static final KernelRoute ROUTE =
      KernelRoute.via(IpPrefix.of("10.10.0.0/16"), InetAddress.ofLiteral("192.0.2.1"))
          .withInterface(3)
          .withTable(51000)
          .withMetric(-2)
          .withSource(InetAddress.ofLiteral("192.0.2.9"))
          .withMtu(1400);

  static Stream<KernelRoute> routes() throws UnknownHostException {
    byte[] mapped = new byte[16];
    mapped[10] = mapped[11] = -1;
    return Stream.of(
        ROUTE,
        KernelRoute.to(IpPrefix.of("::/0"), 7),
        KernelRoute.to(new IpPrefix(Inet6Address.getByAddress(null, mapped, -1), 96), 7),
        KernelRoute.via(IpPrefix.of("0.0.0.0/0"), InetAddress.ofLiteral("fe80::1")),
        KernelRoute.blackhole(IpPrefix.of("2001:db8::/32")),
        KernelRoute.unreachable(IpPrefix.of("10.0.0.1/32")));
  }

  @ParameterizedTest
  @MethodSource("routes")
  void shouldDecodeTheRouteItEncodes(KernelRoute route) {
    assertThat(Rtnetlink.route(decode(encode(route)))).isEqualTo(route);
  }

  @Test
  void shouldDecodeTheRuleItEncodes() {
    for (boolean ipv4 : new boolean[] {true, false}) {
      KernelRule rule =
          KernelRule.lookup(ipv4, -5, 51000).withMark(0x80000000).not().withSuppressPrefixLength(0);

      byte[] bytes = RouteRequests.rule(Rtnetlink.RTM_NEWRULE, 0, rule).finish(1);

      assertThat(Rtnetlink.rule(decode(bytes))).isEqualTo(rule);
    }
  }

  @Test
  void shouldRefuseAMessageCutAnywhere() {
    byte[] whole = encode(ROUTE);
    for (int length = 1; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> decode(cut))
          .as("cut at %d", length)
          .isInstanceOf(MalformedNetlinkException.class);
    }
  }

  /** The length of the message is right, its attributes run out. */
  @Test
  void shouldRefuseAnAttributeCutAnywhere() {
    byte[] whole = encode(ROUTE);
    int refused = 0;
    for (int length = NetlinkMessage.HEADER; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      ByteBuffer.wrap(cut).order(ByteOrder.nativeOrder()).putInt(0, length);
      try {
        // Between two attributes a shorter route is well-formed.
        assertThat(Rtnetlink.route(decode(cut))).isNotEqualTo(ROUTE);
      } catch (MalformedNetlinkException _) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(whole.length / 2);
  }

  @Test
  void shouldRefuseLengthsThatWrapOrStandStill() {
    for (int length : new int[] {0, 15, -1, Integer.MIN_VALUE, 0x7fffffff}) {
      byte[] bytes = encode(ROUTE);
      ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putInt(0, length);
      assertThatThrownBy(() -> decode(bytes))
          .isInstanceOf(MalformedNetlinkException.class)
          .hasMessageContaining("length " + Integer.toUnsignedString(length));
    }
    for (int length : new int[] {0, 1, 3, 0xffff, 0x8000}) {
      byte[] bytes = encode(ROUTE);
      ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putShort(28, (short) length);
      assertThatThrownBy(() -> Rtnetlink.route(decode(bytes)))
          .isInstanceOf(MalformedNetlinkException.class)
          .hasMessageContaining("attribute length " + length);
    }
  }

  @Test
  void shouldRefusePrefixesThatCannotBe() {
    byte[] tooLong = encode(ROUTE);
    tooLong[NetlinkMessage.HEADER + 1] = 33;
    assertThatThrownBy(() -> Rtnetlink.route(decode(tooLong)))
        .isInstanceOf(MalformedNetlinkException.class)
        .hasMessageContaining("10.10.0.0/33");

    byte[] wrongFamily = encode(ROUTE);
    wrongFamily[NetlinkMessage.HEADER] = Sockaddr.AF_INET6;
    assertThatThrownBy(() -> Rtnetlink.route(decode(wrongFamily)))
        .isInstanceOf(MalformedNetlinkException.class)
        .hasMessageContaining("family 10");
  }

  @Test
  void shouldLeaveOtherFamiliesAlone() {
    byte[] mpls = encode(ROUTE);
    mpls[NetlinkMessage.HEADER] = 28;

    assertThat(Rtnetlink.route(decode(mpls))).isNull();
  }

  @Test
  void shouldReadTheErrorOfAnAckWithAndWithoutTheRequestRepeated() {
    byte[] request = encode(ROUTE);
    byte[] capped = error(-22, Arrays.copyOf(request, 16), 0x100 | 0x200, "no such thing");
    byte[] whole = error(-22, request, 0x200, "no such thing");
    byte[] bare = error(-1, request, 0, null);

    for (byte[] ack : List.of(capped, whole)) {
      assertThatThrownBy(() -> NetlinkClient.throwUnlessAck(decode(ack), "do it"))
          .isInstanceOf(KernelException.class)
          .hasMessage("netlink: do it: EINVAL (22, invalid argument): no such thing");
    }
    assertThatThrownBy(() -> NetlinkClient.throwUnlessAck(decode(bare), "do it"))
        .hasMessage("netlink: do it: EPERM (1, operation not permitted): it needs CAP_NET_ADMIN");
    NetlinkClient.throwUnlessAck(decode(error(0, request, 0, null)), "do it");
  }

  /** The repeated request claims to be longer than the whole answer. */
  @Test
  void shouldNotBeLedOutOfTheAckByTheRequestInIt() {
    byte[] ack = error(-22, encode(ROUTE), 0x200, "unreachable words");
    for (int length : new int[] {-1, Integer.MIN_VALUE, 0x7ffffffd, 100_000}) {
      ByteBuffer.wrap(ack).order(ByteOrder.nativeOrder()).putInt(20, length);
      assertThatThrownBy(() -> NetlinkClient.throwUnlessAck(decode(ack), "do it"))
          .isInstanceOf(KernelException.class)
          .hasMessage("netlink: do it: EINVAL (22, invalid argument)");
    }
  }

  @Property(tries = 20_000)
  void shouldAnswerAnyBytesWithAValueOrAMalformedMessage(
      @ForAll @Size(max = 120) byte[] body, @ForAll boolean inet6) {
    ByteBuffer datagram =
        ByteBuffer.allocate(NetlinkMessage.HEADER + body.length).order(ByteOrder.nativeOrder());
    datagram.putInt(datagram.capacity()).putShort((short) 0).putShort((short) 0).putLong(0);
    datagram.put(body).flip();
    if (body.length > 0) {
      datagram.put(NetlinkMessage.HEADER, (byte) (inet6 ? 10 : 2));
    }
    for (int type = 16; type < 36; type++) {
      datagram.putShort(4, (short) type);
      try {
        NetlinkMessage.split(datagram).forEach(Rtnetlink::event);
      } catch (MalformedNetlinkException e) {
        assertThat(e).hasMessageStartingWith("malformed netlink message");
      }
    }
  }

  @Property(tries = 20_000)
  void shouldAnswerAnyMutationOfARouteWithAValueOrAMalformedMessage(
      @ForAll int seed, @ForAll byte value) {
    byte[] bytes = encode(ROUTE);
    bytes[Math.floorMod(seed, bytes.length)] = value;
    bytes[Math.floorMod(seed / bytes.length, bytes.length)] ^= (byte) 0x80;
    try {
      NetlinkMessage.split(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()))
          .forEach(Rtnetlink::event);
    } catch (MalformedNetlinkException e) {
      assertThat(e).hasMessageStartingWith("malformed netlink message");
    }
  }

  private static byte[] encode(KernelRoute route) {
    return RouteRequests.route(Rtnetlink.RTM_NEWROUTE, 0, route).finish(1);
  }

  private static NetlinkMessage decode(byte[] bytes) {
    List<NetlinkMessage> messages =
        NetlinkMessage.split(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()));
    assertThat(messages).hasSize(1);
    return messages.getFirst();
  }

  private static byte[] error(int error, byte[] request, int flags, String words) {
    NetlinkRequest message = new NetlinkRequest(NetlinkMessage.NLMSG_ERROR, flags).u32(error);
    for (byte b : request) {
      message.u8(b);
    }
    if (words != null) {
      message.attribute(1, (words + "\0").getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    return message.finish(1);
  }
}
