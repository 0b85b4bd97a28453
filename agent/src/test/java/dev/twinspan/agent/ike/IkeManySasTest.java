package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * A peer that opens one IKE SA beside another, and another for each that is closed: it gets what it
 * may have, nothing of it is closed again and again, and one that starts afresh always gets in.
 */
class IkeManySasTest {
  private final List<ScriptedPeer> standing = new ArrayList<>();

  private long seeds = 1000;

  IkeManySasTest() {
    standing.add(new ScriptedPeer(ScriptedPeer.config().build()).establish());
    while (standing.size() < Timing.SAS_PER_PEER) {
      standing.add(another().establish());
    }
  }

  private ScriptedPeer first() {
    return standing.getFirst();
  }

  private ScriptedPeer another() {
    ScriptedPeer more = new ScriptedPeer(first().engine, seeds++);
    more.now = first().now;
    return more;
  }

  /** The engine's DELETEs to any of those that stand. */
  private List<ScriptedPeer> closedBy(List<IkeAction> actions) {
    return standing.stream()
        .filter(
            peer ->
                ScriptedPeer.sent(actions).stream()
                    .anyMatch(
                        datagram ->
                            peer.isMine(datagram)
                                && peer.open(datagram).payloads().stream()
                                    .anyMatch(Payload.Delete.class::isInstance)))
        .toList();
  }

  private static int refusal(List<Payload> answer) {
    return Objects.requireNonNull(Payloads.error(answer)).type();
  }

  /** The first of too many replaces one, and only the next within a minute is refused. */
  private ScriptedPeer over() {
    ScriptedPeer ninth = another().establish();
    List<ScriptedPeer> gone = closedBy(ninth.actions);
    assertThat(gone).hasSize(1);
    standing.removeAll(gone);
    gone.getFirst().deliver(lastAnswer(gone.getFirst(), ninth));
    standing.add(ninth);
    return ninth;
  }

  private static byte[] lastAnswer(ScriptedPeer closed, ScriptedPeer heardBy) {
    var asked =
        ScriptedPeer.sent(heardBy.actions).stream()
            .filter(closed::isMine)
            .map(closed::open)
            .findFirst()
            .orElseThrow()
            .header();
    return closed.seal(asked.exchange(), true, asked.messageId(), List.of());
  }

  @Test
  void shouldCloseTheOneThatWasHeardOfLongestAgo() {
    first().now += ScriptedPeer.SECOND;
    for (ScriptedPeer peer : standing.subList(0, 3)) {
      peer.now = first().now;
      peer.request(ExchangeType.INFORMATIONAL, List.of());
    }
    List<ScriptedPeer> silent = List.copyOf(standing.subList(3, standing.size()));
    over();
    assertThat(standing).containsAll(List.copyOf(standing).subList(0, 3));
    assertThat(silent).filteredOn(standing::contains).hasSize(silent.size() - 1);
  }

  @Test
  void shouldRefuseWhatIsOpenedForEachThatIsClosed() {
    over();
    int tries = Timing.COOKIE_THRESHOLD_PER_ADDRESS;
    for (int i = 0; i < tries; i++) {
      ScriptedPeer more = another().init();
      assertThat(refusal(more.request(ExchangeType.IKE_AUTH, more.authPayloads())))
          .isEqualTo(NotifyType.TEMPORARY_FAILURE);
      assertThat(closedBy(more.actions)).isEmpty();
    }
    assertThat(first().drops("too-many-sas")).isEqualTo(tries);
    standing.forEach(peer -> peer.request(ExchangeType.INFORMATIONAL, List.of()));
  }

  @Test
  void shouldLetOneMoreInAfterAWhile() {
    over();
    first().now += Timing.ROOM_INTERVAL;
    for (ScriptedPeer peer : standing) {
      peer.now = first().now;
      peer.request(ExchangeType.INFORMATIONAL, List.of());
    }
    assertThat(another().establish().engineChildSpi).isNotZero();
  }

  @Test
  void shouldLetOneInThatStartsAfresh() {
    over();
    ScriptedPeer fresh = another().init();
    fresh.request(
        ExchangeType.IKE_AUTH, fresh.authPayloads(Payloads.notify(NotifyType.INITIAL_CONTACT)));
    assertThat(first().view().state()).isEqualTo(IkeState.ESTABLISHED);
    assertThat(first().view().ikeSas()).isEqualTo(1);
  }

  /** A rekey makes none more. */
  @Test
  void shouldCloseNoneForARekey() {
    ScriptedPeer used =
        standing.stream()
            .filter(peer -> peer.initiatorSpi == first().view().initiatorSpi())
            .findFirst()
            .orElseThrow();
    used.rekeyedByEngine();
    assertThat(first().view().ikeSas()).isEqualTo(Timing.SAS_PER_PEER);
  }
}
