package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.sim.Peers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The peer's answer to our CHILD rekey is lost, and what it says next of the new CHILD SA comes
 * first. Found by the soak against strongSwan, which throws such an SA away without a DELETE when
 * it is told CHILD_SA_NOT_FOUND: the tunnel was dead in one direction until the next rekey.
 */
class IkeOvertakenAnswerTest {
  private static final int NEW_SPI = 0x0e0e0e0e;

  private final ScriptedPeer peer = new ScriptedPeer(ScriptedPeer.config().build());

  @Test
  void shouldAskForPatienceWhenTheSaToRekeyMayBeInAnAnswerThatIsLost() {
    peer.establish();
    IkeMessage asked = rekeyByEngine();

    List<Payload> answer = peer.request(ExchangeType.CREATE_CHILD_SA, rekeyOf(NEW_SPI));
    assertThat(Payloads.notification(answer, NotifyType.CHILD_SA_NOT_FOUND)).isNull();
    assertThat(Payloads.notification(answer, NotifyType.TEMPORARY_FAILURE)).isNotNull();

    peer.answer(asked, peer.childAnswer(asked, NEW_SPI));
    assertThat(outbound()).isEqualTo(NEW_SPI);
  }

  @Test
  void shouldStillSayNotFoundWhenNothingIsUnderWay() {
    peer.establish();
    List<Payload> answer = peer.request(ExchangeType.CREATE_CHILD_SA, rekeyOf(NEW_SPI));
    assertThat(Payloads.notification(answer, NotifyType.CHILD_SA_NOT_FOUND)).isNotNull();
  }

  @Test
  void shouldNotSendOnAnSaThatThePeerDeletedBeforeItsAnswerCame() {
    peer.establish();
    int before = outbound();
    IkeMessage asked = rekeyByEngine();

    peer.request(
        ExchangeType.INFORMATIONAL,
        List.of(new Payload.Delete(Proposal.PROTOCOL_ESP, List.of(Payloads.spi(NEW_SPI)))));
    List<IkeAction> after = peer.answer(asked, peer.childAnswer(asked, NEW_SPI));

    assertThat(after).noneMatch(IkeAction.InstallChild.class::isInstance);
    assertThat(outbound()).as("goes on with the old one").isEqualTo(before);
    // And tries again, TEMPORARY_FAILURE's way.
    List<IkeAction> later = peer.pass(5 * ScriptedPeer.SECOND);
    assertThat(peer.requests(later))
        .anyMatch(
            request -> Payloads.notification(request.payloads(), NotifyType.REKEY_SA) != null);
  }

  /**
   * Deleted SAs listen for stragglers for a moment; a peer in a hurry must not be refused for it.
   */
  @Test
  void shouldRekeyFasterThanDeletedSasAreForgotten() {
    peer.establish();
    int old = peer.childSpi;
    for (int i = 1; i <= 3 * Timing.CHILDREN_PER_SA; i++) {
      int next = NEW_SPI + i;
      List<Payload> answer = peer.request(ExchangeType.CREATE_CHILD_SA, rekey(old, next));
      assertThat(Payloads.first(answer, Payload.SecurityAssociation.class)).as("%d", i).isNotNull();
      peer.request(
          ExchangeType.INFORMATIONAL,
          List.of(new Payload.Delete(Proposal.PROTOCOL_ESP, List.of(Payloads.spi(old)))));
      assertThat(outbound()).isEqualTo(next);
      old = next;
    }
    assertThat(peer.view().children()).hasSizeLessThanOrEqualTo(Timing.CHILDREN_PER_SA);
  }

  private IkeMessage rekeyByEngine() {
    return peer.requests(peer.engine.rekey(peer.now, "peer", false)).getFirst();
  }

  private List<Payload> rekeyOf(int spi) {
    return rekey(spi, 0x0f0f0f0f);
  }

  private List<Payload> rekey(int old, int fresh) {
    List<Payload> payloads = new ArrayList<>();
    payloads.add(Payloads.notifyChild(NotifyType.REKEY_SA, Payloads.spi(old)));
    payloads.add(
        new Payload.SecurityAssociation(Negotiation.offerEsp(List.of(Peers.GCM), fresh, false)));
    payloads.add(new Payload.Nonce(peer.crypto.random(32)));
    payloads.add(new Payload.TrafficSelectors(true, Peers.any()));
    payloads.add(new Payload.TrafficSelectors(false, Peers.any()));
    return payloads;
  }

  private int outbound() {
    return peer.view().children().stream()
        .filter(IkeView.Child::outbound)
        .findFirst()
        .map(IkeView.Child::outboundSpi)
        .orElseThrow();
  }
}
