package dev.twinspan.agent.bgp.message;

import java.util.ArrayList;
import java.util.List;

/** Reads a field of prefixes: each a length in bits and as many octets as that takes. */
final class NlriReader {
  /** What is wrong with a field, in words; its prefixes cannot be told apart any more. */
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String sentence) {
      super(sentence, null, false, false);
    }

    String sentence() {
      return String.valueOf(getMessage());
    }
  }

  private NlriReader() {}

  /** RFC 7606 section 5.3 says what is an error. */
  static List<Nlri> read(WireReader in, Family family) throws Unreadable {
    List<Nlri> prefixes = new ArrayList<>();
    while (in.remaining() > 0) {
      int length = in.u8();
      if (length > family.bits()) {
        throw new Unreadable(
            "prefix length is %d, expected 0 to %d".formatted(length, family.bits()));
      }
      int octets = (length + 7) / Byte.SIZE;
      if (!in.has(octets)) {
        throw new Unreadable(
            "a prefix of length %d has %d octets, expected %d"
                .formatted(length, in.remaining(), octets));
      }
      prefixes.add(Nlri.of(family, in.bytes(octets), length));
    }
    return prefixes;
  }
}
