package dev.twinspan.agent.bgp;

import static dev.twinspan.agent.bgp.Speakers.SECOND;
import static dev.twinspan.agent.bgp.Speakers.announce;
import static dev.twinspan.agent.bgp.Speakers.peer;
import static dev.twinspan.agent.bgp.Speakers.prefixes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.bgp.BgpPeer.Dial;
import dev.twinspan.agent.bgp.BgpPeer.LimitAction;
import dev.twinspan.agent.bgp.message.AsPath;
import dev.twinspan.agent.bgp.message.BgpMessage.Keepalive;
import dev.twinspan.agent.bgp.message.BgpMessage.Open;
import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import dev.twinspan.agent.bgp.message.Capability.GracefulRestart;
import dev.twinspan.agent.bgp.message.Family;
import dev.twinspan.agent.bgp.message.Notification;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The helper of a peer that restarts: the receiving speaker of RFC 4724 section 4.2. */
class GracefulRestartTest {
  private static final AsPath AZURE = AsPath.of(65515, 1);
  private static final int RESTART_SECONDS = 120;

  private final Speakers speakers = new Speakers();

  static GracefulRestart restart(boolean forwarding) {
    return new GracefulRestart(
        true,
        RESTART_SECONDS,
        List.of(Family.IPV4_UNICAST),
        forwarding ? Set.of(Family.IPV4_UNICAST) : Set.of());
  }

  @BeforeEach
  void start() {
    speakers.configure(
        prefixes(2),
        peer(0, Dial.PASSIVE, LimitAction.WARN),
        peer(1, Dial.PASSIVE, LimitAction.WARN));
  }

  /** A session with three prefixes that ends without a word. */
  private void crashed() {
    long connection = speakers.establish(0, restart(true));
    speakers.say(connection, announce(0, AZURE, prefixes(3)));
    speakers.did(speakers.engine.closed(speakers.now, connection, "reset by peer"));
  }

  @Test
  void shouldSayThatItHelpsAndAsksForNoHelpItself() {
    long connection = speakers.establish(0);
    GracefulRestart said =
        ((Open) speakers.said(connection).getFirst()).find(GracefulRestart.class).orElseThrow();
    assertThat(said).isEqualTo(new GracefulRestart(false, 0, List.of(), Set.of()));
  }

  @Test
  void shouldKeepRoutesOfARestartingPeerUntilItHasToldAll() {
    crashed();
    assertThat(speakers.routes().routes()).hasSize(3);
    assertThat(speakers.view(0).stale()).isEqualTo(3);
    assertThat(speakers.codes()).contains(BgpReason.GRACEFUL_RESTART);
    long fresh = speakers.establish(0, restart(true));
    speakers.say(fresh, announce(0, AZURE, prefixes(2)));
    assertThat(speakers.routes().routes()).hasSize(3);
    assertThat(speakers.view(0).stale()).isEqualTo(1);
    speakers.say(fresh, Update.endOfRib(Family.IPV4_UNICAST));
    assertThat(speakers.routes().routes()).hasSize(2);
    assertThat(speakers.view(0).stale()).isZero();
  }

  @Test
  void shouldForgetARestartingPeerThatDoesNotComeOrDidNotForward() {
    crashed();
    speakers.pass((RESTART_SECONDS + 1) * SECOND);
    assertThat(speakers.routes().routes()).isEmpty();
    assertThat(speakers.codes()).contains(BgpReason.STALE_ROUTES);
    crashed();
    assertThat(speakers.routes().routes()).hasSize(3);
    speakers.establish(0, restart(false));
    assertThat(speakers.routes().routes()).isEmpty();
  }

  /** The restart time is for its return; what it waits for then is its own affair, to a point. */
  @Test
  void shouldGiveAPeerThatIsBackMoreTimeThanItHadToComeBack() {
    crashed();
    speakers.pass((RESTART_SECONDS - 1) * SECOND);
    long fresh = speakers.establish(0, restart(true));
    for (long passed = SECOND; passed < Timing.LONGEST_STALE; passed += 60 * SECOND) {
      assertThat(speakers.routes().routes()).hasSize(3);
      speakers.say(fresh, new Keepalive());
      speakers.pass(60 * SECOND);
    }
    assertThat(speakers.routes().routes()).isEmpty();
    assertThat(speakers.view(0).state()).isEqualTo(BgpState.ESTABLISHED);
  }

  /** Two restarts in a row: what the first one left stale is nobody's word any more. */
  @Test
  void shouldForgetWhatWasNotToldBetweenTwoRestarts() {
    crashed();
    long again = speakers.establish(0, restart(true));
    speakers.say(again, announce(0, AZURE, prefixes(1)));
    speakers.did(speakers.engine.closed(speakers.now, again, "reset by peer"));
    assertThat(speakers.routes().routes()).hasSize(1);
    assertThat(speakers.view(0).stale()).isEqualTo(1);
  }

  @Test
  void shouldKeepNothingOfAPeerThatTakesItsLeaveOrDoesNotRestart() {
    long connection = speakers.establish(0, restart(true));
    speakers.say(connection, announce(0, AZURE, prefixes(3)));
    speakers.say(connection, Notification.cease(Notification.ADMIN_SHUTDOWN, "maintenance"));
    assertThat(speakers.routes().routes()).isEmpty();
    long plain = speakers.establish(1);
    speakers.say(plain, announce(1, AZURE, prefixes(3)));
    speakers.did(speakers.engine.closed(speakers.now, plain, "reset by peer"));
    assertThat(speakers.routes().routes()).isEmpty();
  }
}
