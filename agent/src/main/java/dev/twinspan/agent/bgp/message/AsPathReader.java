package dev.twinspan.agent.bgp.message;

import dev.twinspan.agent.bgp.message.AsPath.Kind;
import dev.twinspan.agent.bgp.message.AsPath.Segment;
import java.util.ArrayList;
import java.util.List;

/**
 * The value of AS_PATH and AS4_PATH: segments, each a kind, a count and so many ASNs. RFC 7606
 * section 7.2 says what is an error.
 */
final class AsPathReader {
  /** What is wrong with a path. */
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    private final String section;

    Unreadable(String section, String sentence) {
      super(sentence, null, false, false);
      this.section = section;
    }

    String sentence() {
      return String.valueOf(getMessage());
    }

    String section(String usual) {
      return section.isEmpty() ? usual : section;
    }
  }

  private AsPathReader() {}

  static AsPath read(WireReader in, boolean fourOctets) throws Unreadable {
    List<Segment> segments = new ArrayList<>();
    while (in.remaining() > 0) {
      if (!in.has(2)) {
        throw new Unreadable("", "a segment of 1 octet, expected at least 2");
      }
      int code = in.u8();
      Kind kind =
          Kind.of(code)
              .orElseThrow(
                  () -> new Unreadable("", "segment type is %d, expected 1 to 4".formatted(code)));
      int count = in.u8();
      if (count == 0) {
        throw new Unreadable("", "a segment of 0 ASNs, expected at least 1");
      }
      if (!in.has(count * (fourOctets ? 4 : 2))) {
        throw new Unreadable(
            "",
            "a segment of %d ASNs has %d octets, expected %d"
                .formatted(count, in.remaining(), count * (fourOctets ? 4 : 2)));
      }
      List<Long> asns = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        long asn = in.asn(fourOctets);
        if (asn == 0) {
          throw new Unreadable("RFC 7607 section 2", "the path has the ASN 0");
        }
        asns.add(asn);
      }
      segments.add(new Segment(kind, asns));
    }
    return new AsPath(segments);
  }

  /** RFC 6793 section 6: such segments are taken out of an AS4_PATH. */
  static AsPath withoutConfederations(AsPath path) {
    return new AsPath(
        path.segments().stream()
            .filter(s -> s.kind() == Kind.AS_SEQUENCE || s.kind() == Kind.AS_SET)
            .toList());
  }
}
