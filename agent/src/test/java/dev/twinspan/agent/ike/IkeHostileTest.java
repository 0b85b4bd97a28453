package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.ScriptedPeer.Ends;
import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeHeader;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.sim.FastCrypto;
import dev.twinspan.agent.sim.World;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every byte from the wire is hostile. */
class IkeHostileTest {
  private final ScriptedPeer peer = new ScriptedPeer(ScriptedPeer.config().build());
  private final Random random = new Random(5);

  @Test
  void shouldSurviveNoise() {
    peer.establish();
    IkeView before = peer.view();
    long answers = 0;
    for (int i = 0; i < 200_000; i++) {
      byte[] noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      List<IkeAction> done = peer.deliver(noise);
      assertThat(done).allMatch(IkeAction.Send.class::isInstance);
      answers += done.size();
    }
    assertThat(answers).as("told of a version").isLessThanOrEqualTo(Timing.STRAY_ANSWERS);
    assertThat(peer.view()).isEqualTo(before);
    assertThat(peer.drops("malformed")).isPositive();
  }

  /** Damaged copies of everything a handshake says, from its beginning to its end. */
  @Test
  void shouldSurviveDamagedMessages() {
    peer.establish();
    List<byte[]> real = new ArrayList<>();
    real.add(peer.initRequest);
    real.add(peer.initResponse);
    real.addAll(ScriptedPeer.sent(peer.actions));
    real.add(peer.seal(ExchangeType.INFORMATIONAL, false, peer.nextId, List.of()));
    IkeView before = peer.view();
    for (int i = 0; i < 200_000; i++) {
      byte[] damaged = real.get(random.nextInt(real.size())).clone();
      for (int hits = random.nextInt(4); hits >= 0; hits--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      if (random.nextInt(8) == 0) {
        damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
      }
      if (!Arrays.equals(damaged, real.getLast())) {
        peer.deliver(from(), damaged);
      }
      if (i % 1_000 == 0) {
        peer.pass(ScriptedPeer.SECOND / 100);
        peer.actions.clear();
      }
    }
    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
    assertThat(peer.view().children()).isEqualTo(before.children());
    assertThat(peer.view().initiatorSpi()).isEqualTo(before.initiatorSpi());
  }

  private InetSocketAddress from() {
    return random.nextBoolean()
        ? peer.here
        : new InetSocketAddress(World.address("203.0.113." + random.nextInt(256)), 500);
  }

  /** RFC 7296 section 2.4: nothing unprotected says that an IKE SA is dead. */
  @Test
  void shouldNotBelieveUnprotectedErrorsAboutAnEstablishedIkeSa() {
    peer.establish();
    for (int type :
        new int[] {
          NotifyType.INVALID_IKE_SPI,
          NotifyType.AUTHENTICATION_FAILED,
          NotifyType.INVALID_SYNTAX,
          NotifyType.NO_PROPOSAL_CHOSEN
        }) {
      for (ExchangeType exchange : ExchangeType.values()) {
        for (boolean response : new boolean[] {true, false}) {
          IkeHeader header =
              new IkeHeader(
                  peer.initiatorSpi, peer.responderSpi, exchange, response, true, peer.nextId);
          peer.deliver(IkeCodec.encode(new IkeMessage(header, List.of(Payloads.notify(type)))));
        }
      }
    }
    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
    assertThat(peer.request(ExchangeType.INFORMATIONAL, List.of())).isEmpty();
  }

  @Test
  void shouldNotLetAStrangersMessageMoveThePeer() {
    peer.establish();
    InetSocketAddress elsewhere = new InetSocketAddress(World.address("203.0.113.66"), 500);
    byte[] replayed = peer.seal(ExchangeType.INFORMATIONAL, false, peer.nextId++, List.of());
    peer.deliver(replayed);
    peer.deliver(elsewhere, replayed); // old: not newer than what came before
    peer.deliver(elsewhere, peer.seal(ExchangeType.INFORMATIONAL, false, peer.nextId++, List.of()));

    assertThat(peer.view().remote().getAddress()).isEqualTo(Ends.PEER);
    assertThat(peer.actions).noneMatch(IkeAction.PeerMoved.class::isInstance);
  }

  @Test
  void shouldZeroTheKeysOfAnIkeSaThatIsGone() {
    KeySpy spy = new KeySpy();
    ScriptedPeer spied = new ScriptedPeer(spy, ScriptedPeer.config().build()).establish();
    assertThat(spy.seen).isNotEmpty().noneMatch(KeySpy::isZero);
    spied.request(
        ExchangeType.INFORMATIONAL, List.of(new Payload.Delete(Proposal.PROTOCOL_IKE, List.of())));
    spied.pass(Timing.GONE_LIFETIME);

    assertThat(spy.seen).allMatch(KeySpy::isZero);
    assertThat(spied.engine.nextDeadline()).isEqualTo(Long.MAX_VALUE);
  }

  /** Remembers the keys it was used with. */
  private static final class KeySpy extends FastCrypto {
    private final List<byte[]> seen = new ArrayList<>();

    KeySpy() {
      super(78);
    }

    @Override
    public byte[] seal(ProtectionKeys keys, byte[] additional, byte[] iv, byte[] plaintext) {
      seen.add(keys.encryptionKey());
      return super.seal(keys, additional, iv, plaintext);
    }

    @Override
    public byte @Nullable [] open(ProtectionKeys keys, byte[] additional, byte[] sealed) {
      seen.add(keys.encryptionKey());
      return super.open(keys, additional, sealed);
    }

    static boolean isZero(byte[] key) {
      return Arrays.equals(key, new byte[key.length]);
    }
  }
}
