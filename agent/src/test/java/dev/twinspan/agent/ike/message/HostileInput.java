package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import dev.twinspan.agent.ike.crypto.TestCrypto;
import dev.twinspan.agent.ike.message.DecodeResult.Decoded;
import dev.twinspan.agent.ike.message.DecodeResult.Failed;
import dev.twinspan.agent.ike.message.Proposal.Transform;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What must hold for any bytes at all, whoever made them up: fuzzer, mutator or generator. */
final class HostileInput {
  static final IkeCrypto TRANSPARENT = new TransparentCrypto();
  static final ProtectionKeys KEYS =
      TestCrypto.keys(
          new IkeCipher(IkeCipher.Encryption.AES_GCM_16, 128, IkeCipher.Integrity.NONE), 1);

  private HostileInput() {}

  /**
   * Decodes the bytes as a header, in the clear, and as SK and SKF from someone with the keys:
   * nothing may be thrown, errors must have their sentence, and what was understood must survive
   * being written and read again.
   *
   * @return whether they were a message
   */
  static boolean check(byte[] bytes) {
    boolean header = understood(IkeCodec.header(bytes));
    boolean clear = check(IkeCodec.decode(bytes));
    boolean sealed = check(IkeCodec.open(bytes, TRANSPARENT, KEYS));
    boolean fragment = checkFragment(bytes);
    if ((clear || sealed || fragment) && !header) {
      throw new AssertionError("a message without a header");
    }
    return clear || sealed || fragment;
  }

  private static boolean checkFragment(byte[] bytes) {
    IkeFragment.Number number = IkeCodec.fragment(bytes);
    return switch (IkeCodec.openFragment(bytes, TRANSPARENT, KEYS)) {
      case Failed<IkeFragment>(DecodeError error) -> {
        if (error.sentence().isEmpty()) {
          throw new AssertionError("no sentence for " + error);
        }
        yield false;
      }
      case Decoded<IkeFragment>(IkeFragment fragment) -> {
        if (!fragment.number().equals(number)) {
          throw new AssertionError(number + " turned into " + fragment.number());
        }
        byte[] again = FragmentPayload.seal(fragment, TRANSPARENT, KEYS, new byte[8]);
        IkeFragment twice = decoded(IkeCodec.openFragment(again, TRANSPARENT, KEYS));
        if (!Arrays.equals(twice.content(), fragment.content())) {
          throw new AssertionError("not the same when read again: " + fragment);
        }
        check(IkeCodec.reassembled(fragment.header(), fragment.firstPayload(), fragment.content()));
        yield true;
      }
    };
  }

  private static boolean check(DecodeResult<IkeMessage> result) {
    return switch (result) {
      case Failed<IkeMessage>(DecodeError error) -> {
        if (error.sentence().isEmpty()) {
          throw new AssertionError("no sentence for " + error);
        }
        yield false;
      }
      case Decoded<IkeMessage>(IkeMessage message) -> {
        describe(message);
        if (isEncodable(message)) {
          byte[] once = IkeCodec.encode(message);
          byte[] twice = IkeCodec.encode(decoded(IkeCodec.decode(once)));
          if (!Arrays.equals(once, twice)) {
            throw new AssertionError("not the same when read again: " + message);
          }
        }
        yield true;
      }
    };
  }

  /** A peer's words end up in logs and on terminals. */
  private static void describe(IkeMessage message) {
    for (Payload payload : message.payloads()) {
      String text =
          switch (payload) {
            case Payload.SecurityAssociation sa -> words(sa.proposals());
            case Payload.Identification id -> id.id().text();
            case Payload.Notify notify -> NotifyType.name(notify.type());
            default -> "";
          };
      if (text.chars().anyMatch(Character::isISOControl)) {
        throw new AssertionError("control characters in: " + text);
      }
    }
  }

  private static String words(List<Proposal> proposals) {
    return proposals.stream()
        .flatMap(p -> p.transforms().stream().map(t -> TransformNames.azure(p.protocol(), t)))
        .collect(Collectors.joining());
  }

  /** All but what a decoder keeps only to refuse it. */
  private static boolean isEncodable(IkeMessage message) {
    return message.payloads().stream()
        .allMatch(
            payload ->
                switch (payload) {
                  case Payload.SecurityAssociation sa -> isEncodable(sa.proposals());
                  case Payload.TrafficSelectors ts -> !ts.selectors().isEmpty();
                  default -> true;
                });
  }

  private static boolean isEncodable(List<Proposal> proposals) {
    return proposals.stream()
        .flatMap(p -> p.transforms().stream())
        .noneMatch(t -> t.keyLength() == Transform.UNKNOWN_ATTRIBUTE);
  }

  private static boolean understood(DecodeResult<?> result) {
    return result instanceof Decoded<?>;
  }

  private static <T> T decoded(DecodeResult<T> result) {
    return switch (result) {
      case Decoded<T>(T value) -> value;
      case Failed<T>(DecodeError error) -> throw new AssertionError(error.sentence());
    };
  }
}
