package dev.twinspan.agent.bgp.message;

import dev.twinspan.agent.bgp.message.BgpMessage.RouteRefresh;
import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import dev.twinspan.agent.bgp.message.DecodeResult.Decoded;
import dev.twinspan.agent.bgp.message.DecodeResult.Failed;
import java.util.Arrays;
import java.util.Optional;

/** What must hold for any bytes at all, whoever made them up. */
final class HostileInput {
  private HostileInput() {}

  /**
   * Nothing may be thrown, errors must have their sentence, and what was understood must survive
   * being written and read again.
   *
   * @return whether they were a message to any kind of session
   */
  static boolean check(byte[] bytes) {
    Framer framer = new Framer();
    framer.push(bytes);
    Optional<byte[]> message = framer.next();
    while (message.isPresent()) {
      message = framer.next();
    }
    boolean understood = false;
    for (CodecContext context : BgpCorpus.CONTEXTS) {
      understood |= check(bytes, context);
    }
    return understood;
  }

  private static boolean check(byte[] bytes, CodecContext context) {
    return switch (BgpCodec.decode(bytes, context)) {
      case Failed(DecodeError(Notification answer, String sentence)) -> {
        if (sentence.isEmpty() || answer.name().contains("unknown")) {
          throw new AssertionError("no sentence for " + answer);
        }
        BgpCodec.encode(answer, context);
        yield false;
      }
      case Decoded(BgpMessage message) -> {
        if (message instanceof Notification n
            && n.sentence().chars().anyMatch(Character::isISOControl)) {
          throw new AssertionError("control characters in: " + n.sentence());
        }
        if (isPlain(message)) {
          byte[] once = BgpCodec.encode(message, context);
          if (!(BgpCodec.decode(once, context) instanceof Decoded(BgpMessage again))
              || !Arrays.equals(once, BgpCodec.encode(again, context))) {
            throw new AssertionError("not the same when read again: " + message);
          }
        }
        yield true;
      }
    };
  }

  /** All but what we would never write: faults, and one family by two ways or two next hops. */
  private static boolean isPlain(BgpMessage message) {
    return switch (message) {
      case Update update ->
          update.faults().isEmpty()
              && update.reach().stream().map(r -> r.family()).distinct().count()
                  == update.reach().size();
      case RouteRefresh refresh -> refresh.family() != null;
      default -> true;
    };
  }
}
