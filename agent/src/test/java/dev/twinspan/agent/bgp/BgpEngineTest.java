package dev.twinspan.agent.bgp;

import static dev.twinspan.agent.bgp.Speakers.SECOND;
import static dev.twinspan.agent.bgp.Speakers.announce;
import static dev.twinspan.agent.bgp.Speakers.open;
import static dev.twinspan.agent.bgp.Speakers.peer;
import static dev.twinspan.agent.bgp.Speakers.prefixes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.bgp.BgpPeer.Dial;
import dev.twinspan.agent.bgp.BgpPeer.LimitAction;
import dev.twinspan.agent.bgp.message.AsPath;
import dev.twinspan.agent.bgp.message.AsPath.Kind;
import dev.twinspan.agent.bgp.message.AsPath.Segment;
import dev.twinspan.agent.bgp.message.BgpCodec;
import dev.twinspan.agent.bgp.message.BgpMessage.Keepalive;
import dev.twinspan.agent.bgp.message.BgpMessage.Open;
import dev.twinspan.agent.bgp.message.BgpMessage.Reach;
import dev.twinspan.agent.bgp.message.BgpMessage.RouteRefresh;
import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import dev.twinspan.agent.bgp.message.Capability.EnhancedRouteRefresh;
import dev.twinspan.agent.bgp.message.Family;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.bgp.message.Notification;
import dev.twinspan.agent.bgp.message.PathAttributes;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BgpEngineTest {
  private static final AsPath AZURE = AsPath.of(65515, 1);
  private static final int NO_EXPORT = 0xffff_ff01;

  private final Speakers speakers = new Speakers();

  private void start(Dial dial, LimitAction action) {
    speakers.configure(prefixes(2), peer(0, dial, action), peer(1, dial, action));
  }

  @Test
  void shouldTellEverythingAndThenThatItWasAll() {
    start(Dial.PASSIVE, LimitAction.WARN);
    long connection = speakers.establish(0);
    assertThat(speakers.view(0).state()).isEqualTo(BgpState.ESTABLISHED);
    List<?> said = speakers.said(connection);
    assertThat(said).hasSize(4);
    assertThat(((Update) said.get(2)).reach().getFirst().nlri()).isEqualTo(prefixes(2));
    assertThat(said.get(3)).isEqualTo(Update.endOfRib(Family.IPV4_UNICAST));
  }

  @Test
  void shouldTakeBackWhatItAnnouncedAndKeepWhatItLearnt() {
    start(Dial.PASSIVE, LimitAction.WARN);
    long connection = speakers.establish(0);
    speakers.say(connection, announce(0, AZURE, prefixes(1)));
    speakers.did(speakers.engine.withdraw(speakers.now, "in0"));
    assertThat(((Update) speakers.said(connection).getLast()).withdrawn()).isEqualTo(prefixes(2));
    assertThat(speakers.view(0).advertised()).isZero();
    assertThat(speakers.routes().routes()).hasSize(1);

    // Also to a session that comes in the meantime, and whatever is to be announced by then.
    speakers.configure(
        prefixes(3),
        peer(0, Dial.PASSIVE, LimitAction.WARN),
        peer(1, Dial.PASSIVE, LimitAction.WARN));
    long fresh = speakers.establish(0);
    assertThat(speakers.view(0).advertised()).isZero();
    speakers.did(speakers.engine.announce(speakers.now, "in0"));
    assertThat(((Update) speakers.said(fresh).getLast()).reach().getFirst().nlri())
        .isEqualTo(prefixes(3));
  }

  @Test
  void shouldTellACeaseFromOtherEnds() {
    start(Dial.PASSIVE, LimitAction.WARN);
    speakers.say(
        speakers.establish(0), Notification.cease(Notification.ADMIN_SHUTDOWN, "maintenance"));
    assertThat(speakers.codes()).contains(BgpReason.CEASE_RECEIVED);
    speakers.say(speakers.establish(1), Notification.of(Notification.HOLD_TIMER_EXPIRED, 0));
    assertThat(speakers.codes()).contains("notification-received");
  }

  @Test
  void shouldShareEqualPathsAndHonourPrepend() {
    start(Dial.PASSIVE, LimitAction.WARN);
    long first = speakers.establish(0);
    long second = speakers.establish(1);
    Nlri prefix = prefixes(1).getFirst();
    speakers.say(first, announce(0, AZURE, List.of(prefix)));
    speakers.say(second, announce(1, AZURE, List.of(prefix)));
    assertThat(speakers.routes().routes().get(prefix).peers()).containsExactly("in0", "in1");
    // Announced anew: the old path is gone without a withdrawal.
    speakers.say(first, announce(0, AsPath.of(65515, 3), List.of(prefix)));
    Route route = speakers.routes().routes().get(prefix);
    assertThat(route.peers()).containsExactly("in1");
    assertThat(route.why()).isEqualTo("the best path; AS path of 1 against 3");
    assertThat(route.tiers()).containsExactly(List.of("in1"), List.of("in0"));
    speakers.say(second, Update.withdraw(List.of(prefix)));
    assertThat(speakers.routes().routes().get(prefix).peers()).containsExactly("in0");
  }

  @Test
  void shouldNotHoldWhatComesBackFromUs() {
    start(Dial.PASSIVE, LimitAction.DROP);
    long connection = speakers.establish(0);
    AsPath back =
        new AsPath(List.of(new AsPath.Segment(AsPath.Kind.AS_SEQUENCE, List.of(65515L, 65010L))));
    for (Nlri prefix : prefixes(4_100)) {
      speakers.say(connection, announce(0, back, List.of(prefix)));
    }
    assertThat(speakers.view(0).state()).isEqualTo(BgpState.ESTABLISHED);
    assertThat(speakers.view(0).received()).isZero();
  }

  @Test
  void shouldRefuseMartiansAndWrongFirstAsns() {
    start(Dial.PASSIVE, LimitAction.WARN);
    long connection = speakers.establish(0);
    speakers.say(
        connection,
        announce(
            0,
            AZURE,
            List.of(
                new Nlri(Family.IPV4_UNICAST, 127L << 56, 0, 8),
                new Nlri(Family.IPV4_UNICAST, 0, 0, 0),
                new Nlri(Family.IPV4_UNICAST, 0, 0, 1), // two halves draw what the whole does
                new Nlri(Family.IPV4_UNICAST, 1L << 63, 0, 1),
                new Nlri(Family.IPV4_UNICAST, 11L << 56, 0, 8))));
    speakers.say(connection, announce(0, AsPath.of(64600, 1), prefixes(1)));
    assertThat(speakers.routes().routes()).hasSize(1);
    assertThat(speakers.codes()).contains("martian", "default-route", "first-asn");
  }

  @ParameterizedTest
  @CsvSource({"WARN, ESTABLISHED, 4000", "DROP, IDLE, 0"})
  void shouldActOnThePrefixLimitAndSaySo(LimitAction action, BgpState state, int routes) {
    start(Dial.PASSIVE, action);
    long connection = speakers.establish(0);
    for (int i = 0; i <= 4_000; i += 500) {
      speakers.say(
          connection, announce(0, AZURE, prefixes(4_001).subList(i, Math.min(i + 500, 4_001))));
    }
    assertThat(speakers.codes()).contains("prefix-limit-near", "prefix-limit");
    assertThat(speakers.view(0).state()).isEqualTo(state);
    assertThat(speakers.routes().routes()).hasSize(routes);
    if (action == LimitAction.DROP) {
      assertThat(((Notification) speakers.said(connection).getLast()).name())
          .isEqualTo("Cease/Maximum Number of Prefixes Reached (6/1)");
      assertThat(speakers.closed(speakers.connect(0))).isTrue();
      speakers.pass(61 * SECOND);
      speakers.establish(0);
      assertThat(speakers.view(0).state()).isEqualTo(BgpState.ESTABLISHED);
    }
  }

  /** RFC 4271 section 6.8; ours is 100. */
  @ParameterizedTest
  @CsvSource({"99, true", "101, false", "-1, false", "100, false"})
  void shouldResolveCollisionsByIdentifier(int identifier, boolean oursStays) {
    start(Dial.BOTH, LimitAction.WARN);
    long ours =
        speakers.actions.stream()
            .filter(BgpAction.Dial.class::isInstance)
            .map(a -> ((BgpAction.Dial) a).connection())
            .findFirst()
            .orElseThrow();
    long theirs = speakers.connect(0);
    speakers.did(speakers.engine.connected(speakers.now, ours));
    speakers.say(ours, open(identifier, 180));
    speakers.say(theirs, open(identifier, 180));
    assertThat(speakers.closed(ours)).isEqualTo(!oursStays);
    assertThat(speakers.closed(theirs)).isEqualTo(oursStays);
    assertThat(((Notification) speakers.said(oursStays ? theirs : ours).getLast()).name())
        .isEqualTo("Cease/Connection Collision Resolution (6/7)");
    speakers.say(oursStays ? ours : theirs, new Keepalive());
    assertThat(speakers.view(0).state()).isEqualTo(BgpState.ESTABLISHED);
  }

  @Test
  void shouldLetAFreshSessionReplaceADeadOne() {
    start(Dial.PASSIVE, LimitAction.WARN);
    long old = speakers.establish(0);
    speakers.say(old, announce(0, AZURE, prefixes(3)));
    speakers.pass(10 * SECOND);
    long fresh = speakers.connect(0);
    // The same identifier: it is the same peer.
    speakers.say(fresh, open(200, 180));
    assertThat(speakers.routes().routes()).hasSize(3);
    assertThat(speakers.closed(old)).isFalse();
    speakers.say(fresh, new Keepalive());
    assertThat(speakers.closed(old)).isTrue();
    assertThat(speakers.routes().routes()).isEmpty();
    speakers.say(fresh, announce(0, AZURE, prefixes(2)));
    assertThat(speakers.routes().routes()).hasSize(2);
    assertThat(speakers.codes()).contains("peer-restarted");
  }

  @Test
  void shouldGiveThePeerTheHoldTimeItOffersAndAskOften() {
    speakers.configure(
        List.of(),
        peer(0, Dial.PASSIVE, LimitAction.WARN),
        peer(1, Dial.PASSIVE, LimitAction.WARN));
    long connection = speakers.connect(0);
    speakers.say(connection, open(200, 240));
    speakers.say(connection, new Keepalive());
    assertThat(speakers.view(0).holdSeconds()).isEqualTo(180);
    for (int i = 0; i < 4; i++) {
      speakers.pass(59 * SECOND);
    }
    long keepalives =
        speakers.said(connection).stream().filter(Keepalive.class::isInstance).count();
    assertThat(keepalives).isEqualTo(1 + 3);
    assertThat(speakers.view(0).state()).isEqualTo(BgpState.ESTABLISHED);
    speakers.pass(5 * SECOND);
    assertThat(speakers.codes()).contains("hold-expired");
    assertThat(speakers.said(connection).getLast())
        .isEqualTo(Notification.of(Notification.HOLD_TIMER_EXPIRED, 0));
  }

  @Test
  void shouldForgetEverythingAtOnceWhenTheTunnelGoes() {
    start(Dial.PASSIVE, LimitAction.WARN);
    long connection = speakers.establish(0, GracefulRestartTest.restart(true));
    speakers.say(connection, announce(0, AZURE, prefixes(3)));
    speakers.did(speakers.engine.tunnelLost(speakers.now, "in0"));
    assertThat(speakers.routes().routes()).isEmpty();
    assertThat(speakers.closed(connection)).isTrue();
    assertThat(speakers.said(connection)).noneMatch(Notification.class::isInstance);
    speakers.pass(300 * SECOND);
    assertThat(speakers.closed(speakers.connect(0))).isTrue();
    assertThat(speakers.view(0).reason().code()).isEqualTo("tunnel-down");
    speakers.did(speakers.engine.tunnelUp(speakers.now, "in0"));
    assertThat(speakers.view(0).state()).isEqualTo(BgpState.ACTIVE);
  }

  @Test
  void shouldStayDownWhenStoppedAndSayWhy() {
    start(Dial.BOTH, LimitAction.WARN);
    long connection = speakers.establish(0);
    speakers.did(speakers.engine.stop(speakers.now, "in0", "drained"));
    assertThat(((Notification) speakers.said(connection).getLast()).sentence())
        .isEqualTo("Cease/Administrative Shutdown (6/2): \"drained\"");
    int dials = speakers.actions.size();
    speakers.pass(300 * SECOND);
    assertThat(
            speakers.actions.subList(dials, speakers.actions.size()).stream()
                .filter(a -> a instanceof BgpAction.Dial d && d.peer().equals("in0")))
        .isEmpty();
    assertThat(speakers.closed(speakers.connect(0))).isTrue();
    speakers.did(speakers.engine.tunnelUp(speakers.now, "in0"));
    assertThat(speakers.view(0).state()).isEqualTo(BgpState.CONNECT);
  }

  @Test
  void shouldAnswerRefreshWithBeginningAndEnd() {
    start(Dial.PASSIVE, LimitAction.WARN);
    long connection = speakers.establish(0, new EnhancedRouteRefresh());
    int before = speakers.said(connection).size();
    speakers.say(connection, new RouteRefresh(Family.IPV4_UNICAST, RouteRefresh.REQUEST));
    List<?> said = speakers.said(connection);
    assertThat(said.get(before)).isEqualTo(new RouteRefresh(Family.IPV4_UNICAST, 1));
    assertThat(((Update) said.get(before + 1)).reach().getFirst().nlri()).hasSize(2);
    assertThat(said.getLast()).isEqualTo(new RouteRefresh(Family.IPV4_UNICAST, 2));
  }

  @Test
  void shouldRefuseTheWrongAs() {
    speakers.configure(List.of(), peer(0, Dial.PASSIVE, LimitAction.WARN));
    long connection = speakers.connect(0);
    speakers.say(connection, new Open(64999, 180, 7, List.of()));
    assertThat(speakers.said(connection).getLast())
        .isEqualTo(Notification.of(Notification.OPEN_ERROR, 2));
    assertThat(speakers.view(0).reason().sentence()).contains("AS 64999", "expected 65515");
  }

  @Test
  void shouldNotAnnounceWhatDoesHarm() {
    Nlri vnet = prefixes(1).getFirst();
    Nlri all = new Nlri(Family.IPV4_UNICAST, 0, 0, 0);
    Nlri fine = prefixes(2).getLast();
    ExportPolicy policy = ExportPolicy.of(List.of(vnet, all, fine), Set.of(vnet), false, false);
    assertThat(policy.announced()).containsExactly(fine);
    assertThat(policy.notices().stream().map(BgpReason::code))
        .containsExactlyInAnyOrder("default-not-announced", "vnet-prefix-not-announced");
    assertThat(ExportPolicy.of(List.of(vnet, all), Set.of(vnet), true, true).announced())
        .hasSize(2);
    assertThat(ExportPolicy.of(prefixes(3_199), Set.of(), false, false).notices()).isEmpty();
    assertThat(ExportPolicy.of(prefixes(3_200), Set.of(), false, false).notices()).hasSize(1);
    ExportPolicy capped = ExportPolicy.of(prefixes(4_001), Set.of(), false, false);
    assertThat(capped.announced()).hasSize(4_000);
    assertThat(capped.notices().getFirst().sentence()).contains("4001", "the last 1 are left out");
  }

  /** A standby has the gateway's address: it knows the tunnel's new keys, and no session. */
  @Test
  void shouldUseAStrangersRoutesUntilItHasToldItsOwn() {
    start(Dial.PASSIVE, LimitAction.WARN);
    long connection = speakers.establish(0);
    speakers.say(connection, announce(0, AZURE, prefixes(2)));
    speakers.pass(SECOND);
    int said = speakers.said(connection).size();

    speakers.did(speakers.engine.farEndBeganAnew(speakers.now, "in0"));
    assertThat(speakers.said(connection)).hasSize(said + 1).endsWith(new Keepalive());
    speakers.did(speakers.engine.closed(speakers.now, connection, "Connection reset by peer"));
    assertThat(speakers.view(0).state()).isNotEqualTo(BgpState.ESTABLISHED);
    assertThat(speakers.routes().routes()).as("the tunnel works").hasSize(2);

    long fresh = speakers.establish(0);
    assertThat(speakers.routes().routes()).hasSize(2);
    speakers.say(fresh, announce(0, AZURE, prefixes(1)));
    speakers.say(fresh, Update.endOfRib(Family.IPV4_UNICAST));
    assertThat(speakers.routes().routes().keySet()).containsExactlyElementsOf(prefixes(1));
  }

  @Test
  void shouldForgetAStrangersRoutesWhenItDoesNotSpeak() {
    start(Dial.PASSIVE, LimitAction.WARN);
    long connection = speakers.establish(0);
    speakers.say(connection, announce(0, AZURE, prefixes(2)));
    speakers.did(speakers.engine.farEndBeganAnew(speakers.now, "in0"));
    speakers.did(speakers.engine.closed(speakers.now, connection, "Connection reset by peer"));
    speakers.pass(29 * SECOND);
    assertThat(speakers.routes().routes()).hasSize(2);
    speakers.pass(2 * SECOND);
    assertThat(speakers.routes().routes()).isEmpty();
    assertThat(speakers.codes()).as("flows move for it").contains(BgpReason.STALE_ROUTES);
  }

  /** The same machine with new keys: nothing happens to its session. */
  @Test
  void shouldLeaveASessionAloneThatSurvives() {
    start(Dial.PASSIVE, LimitAction.WARN);
    long connection = speakers.establish(0);
    speakers.say(connection, announce(0, AZURE, prefixes(2)));
    speakers.did(speakers.engine.farEndBeganAnew(speakers.now, "in0"));
    speakers.pass(11 * SECOND);
    assertThat(speakers.view(0).state()).isEqualTo(BgpState.ESTABLISHED);

    speakers.did(speakers.engine.closed(speakers.now, connection, "Connection reset by peer"));
    assertThat(speakers.routes().routes()).as("a later loss is an ordinary one").isEmpty();
  }

  /** What a router on the LAN told: Azure, and whoever hears it from there, must see its path. */
  @Test
  void shouldPassOnThePathBehindItsOwnNumber() {
    start(Dial.PASSIVE, LimitAction.WARN);
    long connection = speakers.establish(0);
    Nlri one = prefixes(4).get(2);
    Nlri kept = prefixes(4).get(3);
    AsPath beyond = new AsPath(List.of(new Segment(Kind.AS_SEQUENCE, List.of(65001L, 65002L))));

    speakers.did(
        speakers.engine.export(
            speakers.now,
            ExportPolicy.passingOn(
                Map.of(one, new Provenance(beyond, false), kept, new Provenance(beyond, true)))));

    List<?> said = speakers.said(connection);
    assertThat(((Update) said.get(said.size() - 2)).withdrawn()).isEqualTo(prefixes(2));
    Update told = (Update) said.getLast();
    assertThat(told.reach().getFirst().nlri()).as("but for NO_EXPORT").containsExactly(one);
    assertThat(told.attributes().asPath()).hasToString("65010 65001 65002");

    speakers.did(
        speakers.engine.export(
            speakers.now,
            ExportPolicy.passingOn(Map.of(one, new Provenance(AsPath.of(65001, 1), false)))));
    assertThat(((Update) speakers.said(connection).getLast()).attributes().asPath())
        .as("a path that changed is told anew")
        .hasToString("65010 65001");
    assertThat(speakers.view(0).advertised()).isEqualTo(1);
  }

  @Test
  void shouldKeepARoutesOriginWithIt() {
    start(Dial.PASSIVE, LimitAction.WARN);
    long connection = speakers.establish(0);
    PathAttributes attributes =
        new PathAttributes(
            PathAttributes.Origin.IGP,
            AZURE,
            null,
            null,
            false,
            null,
            List.of(NO_EXPORT),
            List.of());
    speakers.say(
        connection,
        Update.announce(
            attributes,
            new Reach(Family.IPV4_UNICAST, Speakers.address("10.10.255.4"), prefixes(1))));

    assertThat(speakers.routes().routes().get(prefixes(1).getFirst()).from())
        .isEqualTo(new Provenance(AZURE, true));
  }

  @Test
  void shouldNotPassOnAPathThatFitsNoMessage() {
    start(Dial.PASSIVE, LimitAction.WARN);
    long connection = speakers.establish(0);
    speakers.say(connection, announce(0, AsPath.of(65515, 101), prefixes(1)));
    speakers.say(connection, announce(0, AsPath.of(65515, 100), prefixes(2).subList(1, 2)));

    assertThat(speakers.routes().routes().keySet())
        .containsExactlyElementsOf(prefixes(2).subList(1, 2));
    assertThat(speakers.codes()).contains("long-path");
  }

  /** Prints how long two peers' 4,000 prefixes take; asserts only what came of them. */
  @Test
  void shouldTakeFourThousandPrefixesOfTwoPeers() {
    long best = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      Speakers fresh = new Speakers();
      fresh.configure(
          List.of(),
          peer(0, Dial.PASSIVE, LimitAction.WARN),
          peer(1, Dial.PASSIVE, LimitAction.WARN));
      long[] connections = {fresh.establish(0), fresh.establish(1)};
      List<Nlri> all = prefixes(4_000);
      byte[][] wire = new byte[2][];
      for (int i = 0; i < 2; i++) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int from = 0; from < 4_000; from += 1_000) {
          stream.writeBytes(
              BgpCodec.encode(announce(i, AZURE, all.subList(from, from + 1_000)), Speakers.CODEC));
        }
        wire[i] = stream.toByteArray();
      }
      long start = System.nanoTime();
      for (int i = 0; i < 2; i++) {
        fresh.did(fresh.engine.received(fresh.now, connections[i], wire[i]));
      }
      best = Math.min(best, System.nanoTime() - start);
      assertThat(fresh.routes().routes()).hasSize(4_000);
      assertThat(fresh.routes().routes().values()).allMatch(r -> r.peers().size() == 2);
    }
    System.out.printf("4,000 prefixes from each of two peers, to routes: %.2f ms%n", best / 1e6);
  }
}
