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
import dev.twinspan.agent.bgp.message.BgpCorpus;
import dev.twinspan.agent.bgp.message.BgpMessage.Keepalive;
import dev.twinspan.agent.bgp.message.Capability.GracefulRestart;
import dev.twinspan.agent.bgp.message.Family;
import dev.twinspan.agent.ike.crypto.Hex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * A peer that knows the protocol and breaks it in every state: it connects, goes a random number of
 * right steps towards a session, and then says something mutated, in pieces, twice, late, or hangs
 * up. The session with the other peer must not notice. How long: {@code -Dtwinspan.fuzz=SECONDS},
 * by default a number of steps; from where: {@code -Dtwinspan.seed=N}, which a failure names.
 */
class BgpPeerFuzzTest {
  private static final int STEPS = Integer.getInteger("twinspan.mutations", 200_000) / 4;
  private static final long SECONDS = Long.getLong("twinspan.fuzz", 0);
  private static final long SEED = Long.getLong("twinspan.seed", 1);
  private static final int[] EDGES = {0, 1, 2, 3, 4, 7, 8, 14, 15, 32, 0x40, 0x80, 0xc0, 0xff};
  private static final int HEADER = 19;

  private final SplittableRandom random = new SplittableRandom(SEED);
  private final List<byte[]> corpus = BgpCorpus.wire();
  private final Speakers speakers = new Speakers();
  private long other;
  private long fuzzed;
  private String last = "nothing";

  private int sessions;
  private int refusals;
  private int noticed;

  @Test
  void shouldNeverDisturbAnotherSession() {
    speakers.configure(
        prefixes(3), peer(0, Dial.BOTH, LimitAction.DROP), peer(1, Dial.PASSIVE, LimitAction.DROP));
    other = speakers.establish(1);
    speakers.say(other, announce(1, AsPath.of(65515, 1), prefixes(3)));
    speakers.actions.clear();
    long end = System.nanoTime() + SECONDS * SECOND;
    long step = 0;
    for (; SECONDS == 0 ? step < STEPS : System.nanoTime() < end; step++) {
      try {
        step();
        look();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "step %d of -Dtwinspan.seed=%d, after %s".formatted(step, SEED, last), e);
      }
    }
    System.out.printf(
        "%d steps: %d sessions, %d refused with words, %d notices%n",
        step, sessions, refusals, noticed);
    // Were it refused at the door, it would test the door.
    assertThat(sessions).isGreaterThan((int) (step / 100));
    assertThat(refusals).isGreaterThan((int) (step / 100));
    assertThat(noticed).isPositive();
  }

  private void step() {
    int choice = random.nextInt(100);
    if (fuzzed == 0 || choice < 4) {
      approach();
    } else if (choice < 8) {
      last = "hanging up";
      speakers.did(speakers.engine.closed(speakers.now, fuzzed, "reset by peer"));
      fuzzed = 0;
    } else if (choice < 20) {
      pass(random.nextLong(40 * SECOND));
    } else if (choice < 30) {
      say(corpus.get(random.nextInt(corpus.size())));
    } else {
      say(mutated());
    }
  }

  /** Right steps, up to one of the states. */
  private void approach() {
    last = "connecting";
    fuzzed = speakers.connect(0);
    int depth = random.nextInt(4);
    if (depth > 0) {
      speakers.say(
          fuzzed,
          random.nextBoolean()
              ? open(200, 180)
              : open(
                  200,
                  180,
                  new GracefulRestart(
                      true, 120, List.of(Family.IPV4_UNICAST), Set.of(Family.IPV4_UNICAST))));
    }
    if (depth > 1) {
      speakers.say(fuzzed, new Keepalive());
    }
    if (depth > 2) {
      speakers.say(fuzzed, announce(0, AsPath.of(65515, 1), prefixes(1 + random.nextInt(50))));
    }
  }

  private void pass(long nanos) {
    last = "waiting";
    speakers.pass(nanos);
    speakers.say(other, new Keepalive());
  }

  private void say(byte[] bytes) {
    last = Hex.text(bytes);
    int from = 0;
    while (from < bytes.length) {
      int to =
          random.nextInt(4) == 0 ? from + 1 + random.nextInt(bytes.length - from) : bytes.length;
      speakers.did(
          speakers.engine.received(speakers.now, fuzzed, Arrays.copyOfRange(bytes, from, to)));
      from = to;
    }
  }

  private byte[] mutated() {
    byte[] bytes = corpus.get(random.nextInt(corpus.size())).clone();
    for (int changes = 1 + random.nextInt(3); changes > 0 && bytes.length > HEADER; changes--) {
      int at = random.nextInt(16) == 0 ? random.nextInt(bytes.length) : behindHeader(bytes);
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) EDGES[random.nextInt(EDGES.length)];
        case 2 -> bytes = Arrays.copyOf(bytes, Math.max(at, HEADER));
        case 3 -> bytes = spliced(bytes, at);
        default -> bytes[at] = (byte) random.nextInt(256);
      }
    }
    if (bytes.length >= HEADER && random.nextInt(16) > 0) {
      bytes[16] = (byte) (bytes.length >> 8);
      bytes[17] = (byte) bytes.length;
    }
    return bytes;
  }

  private int behindHeader(byte[] bytes) {
    return random.nextInt(HEADER, bytes.length);
  }

  private byte[] spliced(byte[] bytes, int at) {
    byte[] piece = corpus.get(random.nextInt(corpus.size()));
    int start = random.nextInt(piece.length);
    byte[] longer = Arrays.copyOf(bytes, at + piece.length - start);
    System.arraycopy(piece, start, longer, at, piece.length - start);
    return longer;
  }

  private void look() {
    List<BgpAction> refused = new ArrayList<>();
    for (BgpAction action : speakers.actions) {
      switch (action) {
        case BgpAction.Close(long connection) -> {
          assertThat(connection).as("the other session's connection").isNotEqualTo(other);
          fuzzed = connection == fuzzed ? 0 : fuzzed;
        }
        case BgpAction.Transition transition -> {
          assertThat(transition.peer()).as(transition.toString()).isEqualTo("in0");
          sessions += transition.state() == BgpState.ESTABLISHED ? 1 : 0;
          refusals += transition.reason().code().equals("malformed-message") ? 1 : 0;
        }
        case BgpAction.Notice _ -> noticed++;
        case BgpAction.Dial dial ->
            refused.addAll(
                speakers.engine.closed(speakers.now, dial.connection(), "connection refused"));
        case BgpAction.Send _, BgpAction.RoutesChanged _ -> {}
      }
    }
    speakers.actions.clear();
    speakers.did(refused);
    BgpView view = speakers.view(1);
    assertThat(view.state()).isEqualTo(BgpState.ESTABLISHED);
    assertThat(view.accepted()).isEqualTo(3);
    assertThat(speakers.view(0).received()).isLessThanOrEqualTo(4_000);
    assertThat(speakers.engine.connections()).isLessThanOrEqualTo(4);
  }
}
