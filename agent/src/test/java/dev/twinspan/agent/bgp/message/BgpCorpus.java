package dev.twinspan.agent.bgp.message;

import dev.twinspan.agent.bgp.message.AsPath.Kind;
import dev.twinspan.agent.bgp.message.AsPath.Segment;
import dev.twinspan.agent.bgp.message.BgpMessage.Keepalive;
import dev.twinspan.agent.bgp.message.BgpMessage.Open;
import dev.twinspan.agent.bgp.message.BgpMessage.Reach;
import dev.twinspan.agent.bgp.message.BgpMessage.RouteRefresh;
import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import dev.twinspan.agent.bgp.message.PathAttributes.Aggregator;
import dev.twinspan.agent.bgp.message.PathAttributes.Origin;
import dev.twinspan.agent.bgp.message.PathAttributes.Other;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;

/** A message of each kind, with every attribute there is. */
public final class BgpCorpus {
  static final Set<Family> BOTH = Set.of(Family.IPV4_UNICAST, Family.IPV6_UNICAST);
  static final CodecContext EXTERNAL = new CodecContext(true, true, BOTH);
  static final CodecContext TWO_OCTETS = new CodecContext(false, true, BOTH);
  static final CodecContext INTERNAL = new CodecContext(true, false, BOTH);
  static final List<CodecContext> CONTEXTS =
      List.of(
          EXTERNAL,
          TWO_OCTETS,
          INTERNAL,
          new CodecContext(true, true, Set.of(Family.IPV4_UNICAST)));

  static final PathAttributes PLAIN = PathAttributes.of(Origin.IGP, AsPath.of(65515, 1));

  private BgpCorpus() {}

  static InetAddress address(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(literal, e);
    }
  }

  static Nlri nlri(String text) {
    int slash = text.indexOf('/');
    InetAddress address = address(text.substring(0, slash));
    return Nlri.of(
        address.getAddress().length == 4 ? Family.IPV4_UNICAST : Family.IPV6_UNICAST,
        address.getAddress(),
        Integer.parseInt(text.substring(slash + 1)));
  }

  static Open open() {
    return new Open(
        AsPath.AS_TRANS,
        180,
        0x0aff0011,
        List.of(
            new Capability.MultiProtocol(Family.IPV4_UNICAST),
            new Capability.MultiProtocol(Family.IPV6_UNICAST),
            new Capability.RouteRefresh(),
            new Capability.EnhancedRouteRefresh(),
            new Capability.FourOctetAs(4_200_000_001L),
            new Capability.GracefulRestart(
                true,
                120,
                List.of(Family.IPV4_UNICAST, Family.IPV6_UNICAST),
                Set.of(Family.IPV6_UNICAST)),
            new Capability.Unknown(73, Bytes.of((byte) 1, (byte) 'x', (byte) 0))));
  }

  static PathAttributes everything() {
    return new PathAttributes(
        Origin.INCOMPLETE,
        new AsPath(
            List.of(
                new Segment(Kind.AS_SEQUENCE, List.of(65515L, 4_200_000_001L, 12076L)),
                new Segment(Kind.AS_SET, List.of(64512L, 64513L)))),
        0xffff_fffeL,
        null,
        true,
        new Aggregator(4_200_000_001L, address("192.0.2.9")),
        List.of(0xffffff01, 0xfde80001),
        List.of(
            new Other(0xc0, 16, Bytes.of(new byte[16])),
            new Other(0xc0, 32, Bytes.of(new byte[12])),
            new Other(0xe0, 200, Bytes.of(new byte[300]))));
  }

  static List<BgpMessage> messages() {
    return List.of(
        open(),
        new Open(65010, 0, 1, List.of()),
        new Keepalive(),
        new RouteRefresh(Family.IPV4_UNICAST, RouteRefresh.REQUEST),
        new RouteRefresh(Family.IPV6_UNICAST, RouteRefresh.END),
        Notification.cease(Notification.ADMIN_SHUTDOWN, "Wartung bis 5 Uhr früh"),
        Notification.of(Notification.HOLD_TIMER_EXPIRED, 0),
        Update.endOfRib(Family.IPV4_UNICAST),
        Update.endOfRib(Family.IPV6_UNICAST),
        Update.withdraw(List.of(nlri("10.1.0.0/16"), nlri("0.0.0.0/0"), nlri("2001:db8::/33"))),
        Update.announce(
            PLAIN,
            new Reach(
                Family.IPV4_UNICAST,
                address("10.10.255.4"),
                List.of(nlri("10.10.0.0/16"), nlri("10.11.12.128/25"), nlri("0.0.0.0/0")))),
        Update.announce(
            everything(),
            new Reach(
                Family.IPV6_UNICAST,
                address("fd00::4"),
                List.of(nlri("2001:db8::/32"), nlri("::/0"), nlri("2001:db8::1/128")))),
        Update.announce(
            everything(),
            new Reach(Family.IPV4_UNICAST, address("10.0.0.1"), List.of(nlri("10.2.0.0/15")))));
  }

  public static List<byte[]> wire() {
    return messages().stream().map(m -> BgpCodec.encode(m, EXTERNAL)).toList();
  }
}
