package dev.twinspan.agent.bgp.message;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** AS_PATH (RFC 4271 sections 4.3 and 5.1.2; confederations RFC 5065). */
public record AsPath(List<Segment> segments) {
  public static final AsPath EMPTY = new AsPath(List.of());

  /** Stands for a 4-octet number where only 2 are understood (RFC 6793 section 9). */
  public static final int AS_TRANS = 23456;

  /** ASNs of one segment: what its count octet can say. */
  static final int MAX_SEGMENT = 255;

  public AsPath {
    segments = List.copyOf(segments);
  }

  /** Kinds with their number on the wire. */
  public enum Kind {
    AS_SET(1),
    AS_SEQUENCE(2),
    AS_CONFED_SEQUENCE(3),
    AS_CONFED_SET(4);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }

    static Optional<Kind> of(int code) {
      return code >= 1 && code <= 4 ? Optional.of(values()[code - 1]) : Optional.empty();
    }
  }

  /**
   * @param asns 1 to 255 of them
   */
  public record Segment(Kind kind, List<Long> asns) {
    public Segment {
      asns = List.copyOf(asns);
    }
  }

  /** {@code asn} so many times, as one sequence; more than 255 are cut. */
  public static AsPath of(long asn, int times) {
    return times == 0
        ? EMPTY
        : new AsPath(
            List.of(
                new Segment(
                    Kind.AS_SEQUENCE, Collections.nCopies(Math.min(times, MAX_SEGMENT), asn))));
  }

  /**
   * This path as passed on: {@code asn} so many times in front (RFC 4271 section 5.1.2), without
   * the segments that mean something inside a confederation alone (RFC 5065 section 4).
   */
  public AsPath behind(long asn, int times) {
    List<Segment> all = new ArrayList<>();
    for (Segment segment : segments) {
      if (segment.kind() == Kind.AS_SEQUENCE || segment.kind() == Kind.AS_SET) {
        all.add(segment);
      }
    }
    boolean joins =
        !all.isEmpty()
            && all.getFirst().kind() == Kind.AS_SEQUENCE
            && all.getFirst().asns().size() + times <= MAX_SEGMENT;
    List<Long> first = new ArrayList<>(Collections.nCopies(Math.min(times, MAX_SEGMENT), asn));
    if (joins) {
      first.addAll(all.removeFirst().asns());
    }
    if (!first.isEmpty()) {
      all.addFirst(new Segment(Kind.AS_SEQUENCE, first));
    }
    return new AsPath(all);
  }

  /** ASNs in it, each as often as it is there, whatever they count. */
  public int asns() {
    return segments.stream().mapToInt(segment -> segment.asns().size()).sum();
  }

  /** As counted by the decision process: a set is one, confederation segments are nothing. */
  public int length() {
    int length = 0;
    for (Segment segment : segments) {
      length +=
          switch (segment.kind()) {
            case AS_SEQUENCE -> segment.asns().size();
            case AS_SET -> 1;
            case AS_CONFED_SEQUENCE, AS_CONFED_SET -> 0;
          };
    }
    return length;
  }

  public boolean contains(long asn) {
    return segments.stream().anyMatch(segment -> segment.asns().contains(asn));
  }

  /** The neighbour's ASN when the path begins with a sequence (RFC 4271 section 6.3). */
  public Optional<Long> first() {
    return segments.isEmpty() || segments.getFirst().kind() != Kind.AS_SEQUENCE
        ? Optional.empty()
        : Optional.of(segments.getFirst().asns().getFirst());
  }

  /**
   * The whole path from an old speaker's AS_PATH and what went through it hidden in AS4_PATH (RFC
   * 6793 section 4.2.3): the surplus of this one is put in front of the other.
   */
  AsPath mergedWith(AsPath as4) {
    int surplus = length() - as4.length();
    if (surplus < 0) {
      return this;
    }
    List<Segment> merged = new ArrayList<>();
    for (Segment segment : segments) {
      if (segment.kind() == Kind.AS_SEQUENCE && surplus < segment.asns().size()) {
        if (surplus > 0) {
          merged.add(new Segment(Kind.AS_SEQUENCE, segment.asns().subList(0, surplus)));
        }
        surplus = 0;
        break;
      }
      if (surplus <= 0) {
        break;
      }
      merged.add(segment);
      surplus -= new AsPath(List.of(segment)).length();
    }
    // Confederation segments do not belong into AS4_PATH and were refused there (section 6).
    merged.addAll(as4.segments);
    return new AsPath(merged);
  }

  /** Whether any number takes more than two octets. */
  boolean needsFourOctets() {
    return segments.stream().anyMatch(s -> s.asns().stream().anyMatch(asn -> asn > 0xffff));
  }

  @Override
  public String toString() {
    return segments.stream()
        .map(
            s -> {
              String asns = s.asns().stream().map(String::valueOf).collect(Collectors.joining(" "));
              return s.kind() == Kind.AS_SEQUENCE ? asns : "{" + asns + "}";
            })
        .collect(Collectors.joining(" "));
  }
}
