package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.BgpPeer.Dial;
import dev.twinspan.agent.bgp.BgpPeer.LimitAction;
import dev.twinspan.agent.bgp.message.AsPath;
import dev.twinspan.agent.bgp.message.BgpCodec;
import dev.twinspan.agent.bgp.message.BgpMessage;
import dev.twinspan.agent.bgp.message.BgpMessage.Open;
import dev.twinspan.agent.bgp.message.BgpMessage.Reach;
import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import dev.twinspan.agent.bgp.message.Capability;
import dev.twinspan.agent.bgp.message.CodecContext;
import dev.twinspan.agent.bgp.message.DecodeResult;
import dev.twinspan.agent.bgp.message.Family;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.bgp.message.PathAttributes;
import dev.twinspan.agent.bgp.message.PathAttributes.Origin;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** One engine with peers in0 and in1, and a hand that plays them. */
final class Speakers {
  static final long SECOND = 1_000_000_000L;
  static final CodecContext CODEC = new CodecContext(true, true, Set.of(Family.IPV4_UNICAST));

  final BgpEngine engine = new BgpEngine(new Random(1));
  final List<BgpAction> actions = new ArrayList<>();
  long now = SECOND;
  private long accepted;

  static InetAddress address(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(literal, e);
    }
  }

  static BgpPeer peer(int index, Dial dial, LimitAction action) {
    return new BgpPeer(
        "in" + index,
        address("10.255.0.17"),
        address("10.10.255." + (4 + index)),
        65010,
        65515,
        100,
        Duration.ofSeconds(180),
        true,
        dial,
        Set.of(Family.IPV4_UNICAST),
        null,
        4_000,
        action,
        0);
  }

  void configure(List<Nlri> announced, BgpPeer... peers) {
    did(
        engine.configure(
            now,
            List.of(peers),
            new ImportPolicy(Set.of(), false),
            ExportPolicy.of(announced, Set.of(), false, false)));
  }

  void did(List<BgpAction> what) {
    actions.addAll(what);
  }

  void pass(long nanos) {
    long end = now + nanos;
    while (engine.nextDeadline() <= end) {
      now = Math.max(now, engine.nextDeadline());
      did(engine.tick(now));
    }
    now = end;
  }

  /** A peer connects. */
  long connect(int index) {
    long connection = --accepted;
    did(
        engine.accepted(
            now, connection, address("10.255.0.17"), address("10.10.255." + (4 + index))));
    return connection;
  }

  void say(long connection, BgpMessage message) {
    did(engine.received(now, connection, BgpCodec.encode(message, CODEC)));
  }

  static Open open(int identifier, int holdTime, Capability... more) {
    List<Capability> capabilities = new ArrayList<>();
    capabilities.add(new Capability.MultiProtocol(Family.IPV4_UNICAST));
    capabilities.add(new Capability.FourOctetAs(65515));
    capabilities.addAll(List.of(more));
    return new Open(65515, holdTime, identifier, capabilities);
  }

  /** A session with everything told that is to be told. */
  long establish(int index, Capability... more) {
    long connection = connect(index);
    say(connection, open(200 + index, 180, more));
    say(connection, new BgpMessage.Keepalive());
    return connection;
  }

  static Update announce(int index, AsPath path, List<Nlri> prefixes) {
    return Update.announce(
        PathAttributes.of(Origin.IGP, path),
        new Reach(Family.IPV4_UNICAST, address("10.10.255." + (4 + index)), prefixes));
  }

  static List<Nlri> prefixes(int count) {
    List<Nlri> prefixes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      prefixes.add(new Nlri(Family.IPV4_UNICAST, 10L << 56 | (long) i << 40, 0, 24));
    }
    return prefixes;
  }

  BgpView view(int index) {
    return engine.views().get(index);
  }

  RouteSet routes() {
    return actions.stream()
        .filter(BgpAction.RoutesChanged.class::isInstance)
        .map(a -> ((BgpAction.RoutesChanged) a).routes())
        .reduce(RouteSet.EMPTY, (_, last) -> last);
  }

  List<String> codes() {
    return actions.stream()
        .flatMap(
            a ->
                switch (a) {
                  case BgpAction.Transition t -> Stream.of(t.reason().code());
                  case BgpAction.Notice n -> Stream.of(n.reason().code());
                  default -> Stream.empty();
                })
        .toList();
  }

  /** What was said on a connection. */
  List<BgpMessage> said(long connection) {
    List<BgpMessage> messages = new ArrayList<>();
    for (BgpAction action : actions) {
      if (action instanceof BgpAction.Send(long on, byte[] bytes)
          && on == connection
          && BgpCodec.decode(bytes, CODEC) instanceof DecodeResult.Decoded(BgpMessage message)) {
        messages.add(message);
      }
    }
    return messages;
  }

  boolean closed(long connection) {
    return actions.contains(new BgpAction.Close(connection));
  }
}
