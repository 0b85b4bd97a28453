package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import dev.twinspan.agent.ike.message.DecodeResult;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeHeader;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.sim.FastCrypto;
import dev.twinspan.agent.sim.World;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What is said outside of any IKE SA (RFC 7296 sections 1.5, 2.5, 2.21.4), what is made of it, and
 * what a fault of our own costs.
 */
class IkeStrayTest {
  private final ScriptedPeer peer = new ScriptedPeer(ScriptedPeer.config().build());

  private static IkeMessage clear(byte[] datagram) {
    return ScriptedPeer.decoded(IkeCodec.decode(datagram));
  }

  private static int error(List<Payload> payloads) {
    Payload.Notify error = Payloads.error(payloads);
    return error == null ? 0 : error.type();
  }

  // --- told -------------------------------------------------------------------------------------

  @Test
  void shouldTellTheHighestVersionItSpeaksAndNotTooOften() {
    byte[] newer = peer.initRequest(peer.initPayloads());
    newer[17] = 0x30;
    IkeMessage answer = clear(ScriptedPeer.sent(peer.deliver(newer)).getFirst());
    assertThat(error(answer.payloads())).isEqualTo(NotifyType.INVALID_MAJOR_VERSION);
    assertThat(answer.header())
        .isEqualTo(new IkeHeader(peer.initiatorSpi, 0, ExchangeType.IKE_SA_INIT, true, false, 0));

    for (int i = 0; i < 1_000; i++) {
      peer.deliver(newer);
    }
    assertThat(ScriptedPeer.sent(peer.actions)).hasSize(Timing.STRAY_ANSWERS);
    byte[] older = peer.initRequest(peer.initPayloads());
    older[17] = 0x10;
    assertThat(ScriptedPeer.sent(other(older))).as("IKEv1 is left alone").isEmpty();
    byte[] response = newer.clone();
    response[19] |= 0x20;
    assertThat(ScriptedPeer.sent(other(response))).as("no answer to an answer").isEmpty();
  }

  private List<IkeAction> other(byte[] datagram) {
    return peer.deliver(new InetSocketAddress(World.address("203.0.113.77"), 500), datagram);
  }

  @Test
  void shouldTellWhoHasOutlivedOurIkeSa() {
    peer.init();
    ScriptedPeer restarted = new ScriptedPeer(ScriptedPeer.config().build());
    byte[] question = peer.seal(ExchangeType.INFORMATIONAL, false, 7, List.of());
    IkeMessage answer = clear(ScriptedPeer.sent(restarted.deliver(question)).getFirst());

    assertThat(error(answer.payloads())).isEqualTo(NotifyType.INVALID_IKE_SPI);
    assertThat(answer.header())
        .isEqualTo(
            new IkeHeader(
                peer.initiatorSpi, peer.responderSpi, ExchangeType.INFORMATIONAL, true, false, 7));
    byte[] response = peer.seal(ExchangeType.INFORMATIONAL, true, 7, List.of());
    assertThat(ScriptedPeer.sent(restarted.deliver(response))).isEmpty();
  }

  // --- heard ------------------------------------------------------------------------------------

  private byte[] unknownIkeSpi(IkeMessage asked) {
    IkeHeader header =
        new IkeHeader(
            peer.initiatorSpi,
            peer.responderSpi,
            asked.header().exchange(),
            true,
            peer.initiator,
            asked.header().messageId());
    return IkeCodec.encode(
        new IkeMessage(header, List.of(Payloads.notify(NotifyType.INVALID_IKE_SPI))));
  }

  /** The next liveness check of the engine, unanswered. */
  private IkeMessage asked() {
    peer.deaf = true;
    for (int i = 0; i < 60; i++) {
      List<IkeMessage> requests = peer.requests(peer.pass(ScriptedPeer.SECOND));
      if (!requests.isEmpty()) {
        return requests.getFirst();
      }
    }
    throw new AssertionError("no liveness check");
  }

  /** Unproven, so it may be a lie: a peer that answers with keys keeps its IKE SA. */
  @Test
  void shouldNotEndAnIkeSaForAHintThatThePeerRefutes() {
    peer.establish();
    IkeMessage question = asked();
    peer.deliver(unknownIkeSpi(question));
    assertThat(peer.drops("hint-taken")).isEqualTo(1);
    peer.pass(ScriptedPeer.SECOND);
    peer.answer(question, List.of());
    peer.deaf = false;
    peer.pass(60 * ScriptedPeer.SECOND);

    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
  }

  @Test
  void shouldGiveUpSoonWhenNobodyRefutesTheHint() {
    peer.establish();
    peer.deliver(unknownIkeSpi(asked()));
    peer.pass(Timing.DOUBTED_PATIENCE + ScriptedPeer.SECOND);

    assertThat(peer.view().state()).isNotEqualTo(IkeState.ESTABLISHED);
  }

  @Test
  void shouldNotTakeAHintFromElsewhere() {
    peer.establish();
    other(unknownIkeSpi(asked()));
    peer.pass(Timing.DOUBTED_PATIENCE + ScriptedPeer.SECOND);

    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
    assertThat(peer.drops("hint-taken")).isZero();
  }

  private byte[] invalidSpi(int spi) {
    IkeHeader header = new IkeHeader(4711, 0, ExchangeType.INFORMATIONAL, false, true, 0);
    return IkeCodec.encode(
        new IkeMessage(
            header, List.of(Payloads.notify(NotifyType.INVALID_SPI, Payloads.spi(spi)))));
  }

  /** Section 1.5: a hint that makes us ask at once, and no more often than every few seconds. */
  @Test
  void shouldAskThePeerWhenSomebodySaysItLacksOurChildSa() {
    peer.establish();
    peer.deaf = true;
    List<IkeMessage> asked = peer.requests(peer.deliver(invalidSpi(peer.childSpi)));
    assertThat(asked).singleElement().satisfies(m -> assertThat(m.payloads()).isEmpty());
    peer.answer(asked.getFirst(), List.of());
    assertThat(peer.requests(peer.deliver(invalidSpi(peer.childSpi)))).isEmpty();
    assertThat(peer.requests(peer.deliver(invalidSpi(4711)))).as("not an SPI we use").isEmpty();

    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
    assertThat(peer.view().children()).hasSize(1);
  }

  /** The same within the IKE SA is proven: the pair is dead. */
  @Test
  void shouldDeleteTheChildSaThatThePeerSaysItLacks() {
    peer.establish();
    int before = peer.actions.size();
    peer.request(
        ExchangeType.INFORMATIONAL,
        List.of(Payloads.notify(NotifyType.INVALID_SPI, Payloads.spi(peer.childSpi))));
    assertThat(peer.requests(peer.actions.subList(before, peer.actions.size())))
        .anyMatch(m -> m.payloads().stream().anyMatch(Payload.Delete.class::isInstance));
  }

  // --- single-tunnel fail-over ------------------------------------------------------------------

  /**
   * The other instance of the pair has the address and no state, and may not call: it says so when
   * it is asked, and a new tunnel stands within seconds. Twice: over, and back.
   */
  @Test
  void shouldFollowAnAddressToAnInstanceWithoutStateAndBack() {
    TwoEngines two = new TwoEngines(World.fast(5)).up();
    two.world.every(Duration.ofMillis(50), two.left::sendEsp);
    two.world.every(Duration.ofMillis(50), two.right::sendEsp);
    for (int i = 0; i < 2; i++) {
      two.world.run(Duration.ofSeconds(30));
      two.right.crash();
      two.right.restart();
      boolean back = two.world.runUntil(two::bothUp, Duration.ofSeconds(20));
      assertThat(back).as("up again, well before dpd-timeout").isTrue();
      two.world.run(Duration.ofSeconds(20));
      assertThat(two.left.installed()).as("nothing half dead is left").hasSize(1);
      assertThat(two.right.installed()).hasSize(1);
      assertThat(two.leftView().ikeSas()).isEqualTo(1);
    }
  }

  /** The other instance calls, with INITIAL_CONTACT: at once, whatever we still hold of the old. */
  @Test
  void shouldLetANewInstanceInAtOnceWhenItCalls() {
    TwoEngines two = new TwoEngines(World.fast(6));
    two.start(
        two.ofLeft().role(IkePeer.Role.RESPOND_ONLY),
        two.ofRight().role(IkePeer.Role.INITIATE_ONLY));
    two.reach();
    for (int i = 0; i < 2; i++) {
      two.world.run(Duration.ofSeconds(30));
      long old = two.leftView().initiatorSpi();
      two.right.crash();
      two.right.restart();
      two.world.run(Duration.ofMillis(200));
      assertThat(two.bothUp()).isTrue();
      assertThat(two.leftView().initiatorSpi()).isNotEqualTo(old);
      assertThat(two.left.installed()).hasSize(1);
    }
  }

  // --- faults of our own ------------------------------------------------------------------------

  /** Cryptography that fails on command, as a fault of ours would. */
  private static final class Faulty extends FastCrypto {
    private boolean broken;

    Faulty() {
      super(78);
    }

    @Override
    public byte @Nullable [] open(ProtectionKeys keys, byte[] additional, byte[] sealed) {
      if (broken) {
        throw new IllegalStateException("planted");
      }
      return super.open(keys, additional, sealed);
    }
  }

  @Test
  void shouldPayForAFaultWithTheIkeSaConcernedAndGoOn() {
    Faulty faulty = new Faulty();
    ScriptedPeer struck = new ScriptedPeer(faulty, ScriptedPeer.config().build()).establish();
    faulty.broken = true;
    byte[] question = struck.seal(ExchangeType.INFORMATIONAL, false, struck.nextId, List.of());
    List<IkeAction> done = struck.engine.receive(struck.now, struck.there, struck.here, question);
    faulty.broken = false;

    assertThat(done)
        .anySatisfy(
            action ->
                assertThat(action)
                    .isInstanceOfSatisfying(
                        IkeAction.Fault.class,
                        fault -> {
                          assertThat(fault.peer()).isEqualTo("peer");
                          assertThat(fault.cause()).hasMessage("planted");
                        }))
        .anyMatch(IkeAction.RemoveChild.class::isInstance);
    assertThat(struck.drops("internal-fault")).isEqualTo(1);
    assertThat(struck.view().reason().code()).isEqualTo("internal-fault");

    ScriptedPeer next = new ScriptedPeer(struck.engine);
    next.now = struck.now;
    next.establish();
    assertThat(next.view().state()).isEqualTo(IkeState.ESTABLISHED);
  }

  @Test
  void shouldDecodeWhatItTells() {
    byte[] newer = peer.initRequest(peer.initPayloads());
    newer[17] = (byte) 0xf0;
    for (byte[] answer : ScriptedPeer.sent(peer.deliver(newer))) {
      assertThat(IkeCodec.decode(answer)).isInstanceOf(DecodeResult.Decoded.class);
    }
  }
}
