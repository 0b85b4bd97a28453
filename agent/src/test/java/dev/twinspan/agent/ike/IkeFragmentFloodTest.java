package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.ScriptedPeer.Ends;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeHeader;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.sim.World;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Fragments from a peer that means no good: what is kept of them is bounded, per message and, for
 * peers that have not proven who they are, in all.
 */
class IkeFragmentFloodTest {
  private static final String SECRET = "correct horse battery staple";

  private final ScriptedPeer peer = fragmenting(new ScriptedPeer(ScriptedPeer.config().build()));
  private long counter = 1L << 40;

  private static ScriptedPeer fragmenting(ScriptedPeer one) {
    return init(one, one.here);
  }

  /** Through IKE_SA_INIT, fragmentation and a cookie included. */
  private static ScriptedPeer init(ScriptedPeer one, InetSocketAddress from) {
    List<Payload> payloads = new ArrayList<>(one.initPayloads());
    payloads.add(Payloads.notify(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED));
    one.initRequest = one.initRequest(payloads);
    byte[] answer = ScriptedPeer.sent(one.deliver(from, one.initRequest)).getFirst();
    Payload.Notify cookie =
        Payloads.notification(
            ScriptedPeer.decoded(IkeCodec.decode(answer)).payloads(), NotifyType.COOKIE);
    if (cookie != null) {
      payloads.addFirst(cookie);
      one.initRequest = one.initRequest(payloads);
      answer = ScriptedPeer.sent(one.deliver(from, one.initRequest)).getFirst();
    }
    assertThat(
            Payloads.notification(
                ScriptedPeer.decoded(IkeCodec.decode(answer)).payloads(),
                NotifyType.IKEV2_FRAGMENTATION_SUPPORTED))
        .isNotNull();
    return one.keyed(answer);
  }

  /** A fragment nobody could have cut so: its content is made up. */
  private byte[] fragment(ScriptedPeer of, int id, int number, int total, int size) {
    List<byte[]> cut =
        IkeCodec.sealWithin(
            size + 60,
            new IkeMessage(
                header(of, id), List.of(new Payload.VendorId(new byte[size * total - 4]))),
            of.crypto,
            of.keys().initiator(),
            () -> ByteBuffer.allocate(8).putLong(++counter).array());
    // One byte of each share is the pad length.
    assertThat(IkeCodec.fragment(cut.get(number - 1)).total()).isBetween(total, total + 1);
    return cut.get(number - 1);
  }

  private static IkeHeader header(ScriptedPeer of, int id) {
    return new IkeHeader(of.initiatorSpi, of.responderSpi, ExchangeType.IKE_AUTH, false, true, id);
  }

  private List<byte[]> auth(int largest) {
    return IkeCodec.sealWithin(
        largest,
        new IkeMessage(header(peer, 1), peer.authPayloads(IkeId.of(Ends.PEER), SECRET)),
        peer.crypto,
        peer.keys().initiator(),
        () -> ByteBuffer.allocate(8).putLong(++counter).array());
  }

  @Test
  void shouldTakeTheSameMessageInMoreAndSmallerPieces() {
    List<byte[]> large = auth(200);
    List<byte[]> small = auth(120);
    assertThat(small.size()).isGreaterThan(large.size());

    peer.deliver(large.getFirst());
    small.subList(0, small.size() - 1).forEach(peer::deliver);
    assertThat(peer.drops("fragment-outdated")).isEqualTo(1); // the large ones went
    peer.deliver(large.get(1));
    assertThat(peer.drops("fragment-outdated")).isEqualTo(2); // and do not come back
    assertThat(ScriptedPeer.sent(peer.deliver(small.getLast()))).isNotEmpty();
    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
  }

  @Test
  void shouldTakeAWholeMessageInsteadOfItsFragments() {
    auth(200).subList(0, 1).forEach(peer::deliver);
    assertThat(peer.engine.fragmentBytes()).isPositive();
    peer.deliver(auth(2_000).getFirst());
    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
    assertThat(peer.engine.fragmentBytes()).isZero();
  }

  @Test
  void shouldRefuseMoreFragmentsOrBytesThanAMessageMayHave() {
    peer.deliver(fragment(peer, 1, 1, Timing.FRAGMENTS_PER_MESSAGE + 1, 100));
    assertThat(peer.drops("fragment-limit")).isEqualTo(1);
    assertThat(peer.engine.fragmentBytes()).isZero();

    int size = 1_000;
    int most = Timing.FRAGMENT_BYTES_PER_MESSAGE / size;
    for (int number = 1; number <= most; number++) {
      peer.deliver(fragment(peer, 1, number, 60, size));
      assertThat(peer.engine.fragmentBytes())
          .isLessThanOrEqualTo(Timing.FRAGMENT_BYTES_PER_MESSAGE);
    }
    assertThat(peer.drops("fragment-limit")).isEqualTo(2);
  }

  @Test
  void shouldForgetAMessageThatIsNotCompleted() {
    peer.establish();
    ScriptedPeer other = fragmenting(new ScriptedPeer(ScriptedPeer.config().build()));
    other.deliver(
        IkeCodec.sealWithin(
                2_000,
                new IkeMessage(header(other, 1), other.authPayloads(IkeId.of(Ends.PEER), SECRET)),
                other.crypto,
                other.keys().initiator(),
                () -> ByteBuffer.allocate(8).putLong(++counter).array())
            .getFirst());
    assertThat(other.view().state()).isEqualTo(IkeState.ESTABLISHED);
    other.deliver(fragment(other, 2, 1, 3, 300));
    other.pass(Timing.FRAGMENT_PATIENCE + ScriptedPeer.SECOND);
    assertThat(other.drops("fragment-expired")).isEqualTo(1);
  }

  @Test
  void shouldTakeNoFragmentThatWasNotNegotiated() {
    ScriptedPeer plain = new ScriptedPeer(ScriptedPeer.config().build()).establish();
    plain.deliver(fragment(plain, 2, 1, 3, 300));
    assertThat(plain.drops("fragment-not-negotiated")).isEqualTo(1);
  }

  /**
   * Strangers on 250 addresses complete IKE_SA_INIT and send all but the last fragment of a message
   * as large as is kept, again and again. Memory stays below the bound, and the peer that is meant
   * gets in with fragments of its own while it goes on.
   */
  @Test
  void shouldBoundTheMemoryOfAFlood() {
    List<ScriptedPeer> flood = new ArrayList<>();
    for (int i = 0; i < 250; i++) {
      flood.add(init(new Stranger(peer.engine, i).peer(), address(i)));
    }
    long most = 0;
    long offered = 0;
    List<byte[]> auth = auth(200);
    for (int number = 1; number < 32; number++) {
      for (int i = 0; i < flood.size(); i++) {
        byte[] datagram = fragment(flood.get(i), 1, number, 33, 950);
        offered += datagram.length;
        peer.deliver(address(i), datagram);
        most = Math.max(most, peer.engine.fragmentBytes());
      }
      if (number == 16) {
        auth.forEach(peer::deliver);
        assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
      }
    }
    System.out.printf(
        "fragment flood: %d half-open IKE SAs offered %d KB of fragments, at most %d KB were held%n",
        flood.size(), offered >> 10, most >> 10);
    assertThat(most)
        .isBetween(
            Timing.FRAGMENT_BYTES_OF_STRANGERS / 2L, Timing.FRAGMENT_BYTES_OF_STRANGERS * 1L);
    assertThat(offered).isGreaterThan(3L * Timing.FRAGMENT_BYTES_OF_STRANGERS);
    assertThat(peer.drops("fragment-evicted")).isPositive();
    peer.pass(Timing.HALF_OPEN_LIFETIME + ScriptedPeer.SECOND);
    assertThat(peer.engine.fragmentBytes()).isZero();
  }

  private static InetSocketAddress address(int i) {
    return new InetSocketAddress(World.address("203.0.113." + (i + 1)), 500);
  }

  /** Somebody of his own SPI. */
  private record Stranger(IkeEngine engine, int number) {
    ScriptedPeer peer() {
      ScriptedPeer peer = new ScriptedPeer(engine);
      peer.initiatorSpi += Objects.hash(number) * 1_000L;
      return peer;
    }
  }
}
