package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.InitScan;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.sim.Peers;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Half-open floods: RFC 7296 section 2.6. What holds here for the engine, FloodIT shows on wires.
 */
class IkeFloodTest {
  private static final int PER_SECOND = 50_000;

  private final ScriptedPeer peer =
      new ScriptedPeer(
          ScriptedPeer.config().build(),
          Peers.of("newcomer", ScriptedPeer.Ends.ENGINE, NEWCOMER)
              .role(IkePeer.Role.RESPOND_ONLY)
              .build(),
          Peers.of("roamer", ScriptedPeer.Ends.ENGINE, address(0x01010101))
              .role(IkePeer.Role.RESPOND_ONLY)
              .build());

  private static final InetAddress NEWCOMER = address(0xc0000263);

  private final Random random = new Random(3);

  private static InetAddress address(int bits) {
    try {
      return InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(bits).array());
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** An IKE_SA_INIT as a real one, from anywhere. */
  private List<IkeAction> spoofed(byte[] real) {
    byte[] forged = real.clone();
    ByteBuffer.wrap(forged).putLong(random.nextLong() | 1);
    int from = random.nextInt();
    return peer.engine.receive(
        peer.now, peer.there, new InetSocketAddress(address(from), 500), forged);
  }

  @Test
  void shouldKeepTunnelsAndLetNewPeersInUnderAFloodFromEverywhere() {
    peer.establish();
    byte[] real = peer.initRequest(peer.initPayloads());
    long answered = 0;
    for (int i = 0; i < 3 * PER_SECOND; i++) {
      if (i % (PER_SECOND / 10) == 0) {
        peer.pass(ScriptedPeer.SECOND / 10);
        peer.actions.clear();
      }
      answered += ScriptedPeer.sent(spoofed(real)).size();
    }
    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
    assertThat(peer.request(ExchangeType.INFORMATIONAL, List.of())).isEmpty();
    EngineProbe.Holdings held = EngineProbe.holdings(peer.engine);
    assertThat(held.halfOpen()).isLessThanOrEqualTo(Timing.COOKIE_THRESHOLD);
    assertThat(held.ikeSas()).isLessThanOrEqualTo(1 + Timing.COOKIE_THRESHOLD);
    assertThat(peer.drops("cookie-demanded") + peer.drops("rate-limited"))
        .isGreaterThan(3 * PER_SECOND - 10 * Timing.COOKIE_THRESHOLD);
    assertThat(answered).as("never more than one for one").isLessThanOrEqualTo(3 * PER_SECOND);

    ScriptedPeer newcomer = new ScriptedPeer(peer.engine);
    newcomer.now = peer.now;
    letIn(newcomer, new InetSocketAddress(NEWCOMER, 500));
    letIn(new ScriptedPeer(peer.engine), new InetSocketAddress(address(0x05060708), 500));
  }

  /** One message for the cookie, one with it. */
  private void letIn(ScriptedPeer newcomer, InetSocketAddress from) {
    newcomer.now = peer.now;
    byte[] demanded =
        ScriptedPeer.sent(newcomer.deliver(from, newcomer.initRequest(newcomer.initPayloads())))
            .getFirst();
    Payload.Notify cookie =
        Payloads.notification(
            ScriptedPeer.decoded(IkeCodec.decode(demanded)).payloads(), NotifyType.COOKIE);
    assertThat(cookie).isNotNull();
    List<Payload> payloads = new ArrayList<>();
    payloads.add(cookie);
    payloads.addAll(newcomer.initPayloads());
    byte[] answer =
        ScriptedPeer.sent(newcomer.deliver(from, newcomer.initRequest(payloads))).getFirst();
    newcomer.keyed(answer);
    assertThat(newcomer.responderSpi).isNotZero();
  }

  /** Whoever really has the address may send cookies back, and still gets only his share. */
  @Test
  void shouldLimitWhatOneAddressMayBegin() {
    byte[] real = peer.initRequest(peer.initPayloads());
    InetSocketAddress from = new InetSocketAddress(address(0x0a090807), 500);
    int answered = 0;
    for (int i = 0; i < 10_000; i++) {
      byte[] forged = real.clone();
      ByteBuffer.wrap(forged).putLong(random.nextLong() | 1);
      answered += ScriptedPeer.sent(peer.engine.receive(peer.now, peer.there, from, forged)).size();
    }
    assertThat(answered).isEqualTo(2 * Timing.INITS_OF_STRANGER);
    assertThat(peer.drops("rate-limited")).isEqualTo(10_000 - answered);
    InetSocketAddress other = new InetSocketAddress(address(0x0b090807), 500);
    assertThat(ScriptedPeer.sent(peer.engine.receive(peer.now, peer.there, other, real)))
        .as("others are not touched by it")
        .hasSize(1);
  }

  // --- what is looked at before anything is decoded ---------------------------------------------

  @Test
  void shouldFindNonceAndCookieWithoutDecoding() {
    byte[] plain = peer.initRequest(peer.initPayloads());
    assertThat(InitScan.of(plain))
        .satisfies(
            scan -> {
              assertThat(scan.nonce()).isEqualTo(peer.ni);
              assertThat(scan.cookie()).isNull();
            });
    List<Payload> payloads = new ArrayList<>();
    payloads.add(Payloads.notify(NotifyType.COOKIE, new byte[] {1, 2, 3}));
    payloads.addAll(peer.initPayloads());
    assertThat(InitScan.of(peer.initRequest(payloads)))
        .satisfies(scan -> assertThat(scan.cookie()).containsExactly(1, 2, 3));
  }

  @Test
  void shouldSurviveAnythingCutOrBent() {
    byte[] real = peer.initRequest(peer.initPayloads());
    for (int length = 0; length < real.length; length++) {
      byte[] cut = java.util.Arrays.copyOf(real, length);
      InitScan scan = InitScan.of(cut);
      assertThat(scan == null || java.util.Arrays.equals(scan.nonce(), peer.ni)).isTrue();
    }
    for (int i = 0; i < 200_000; i++) {
      byte[] bent = real.clone();
      for (int hits = random.nextInt(4); hits >= 0; hits--) {
        bent[16 + random.nextInt(bent.length - 16)] = (byte) random.nextInt();
      }
      InitScan scan = InitScan.of(bent);
      assertThat(scan == null || scan.nonce().length < bent.length).isTrue();
    }
  }
}
