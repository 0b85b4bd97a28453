package dev.twinspan.agent.bgp.message;

import java.util.Optional;

/**
 * IANA "BGP Path Attributes", those with a meaning or a rule here.
 *
 * <p>{@code flags}: Optional 0x80, Transitive 0x40 (RFC 4271 section 4.3).
 */
enum AttributeType {
  ORIGIN(1, 0x40),
  AS_PATH(2, 0x40),
  NEXT_HOP(3, 0x40),
  MULTI_EXIT_DISC(4, 0x80),
  LOCAL_PREF(5, 0x40),
  ATOMIC_AGGREGATE(6, 0x40),
  AGGREGATOR(7, 0xc0),
  COMMUNITIES(8, 0xc0),
  ORIGINATOR_ID(9, 0x80),
  CLUSTER_LIST(10, 0x80),
  MP_REACH_NLRI(14, 0x80),
  MP_UNREACH_NLRI(15, 0x80),
  EXTENDED_COMMUNITIES(16, 0xc0),
  AS4_PATH(17, 0xc0),
  AS4_AGGREGATOR(18, 0xc0),
  IPV6_EXTENDED_COMMUNITIES(25, 0xc0),
  LARGE_COMMUNITY(32, 0xc0);

  static final int OPTIONAL = 0x80;
  static final int TRANSITIVE = 0x40;
  static final int PARTIAL = 0x20;
  static final int EXTENDED_LENGTH = 0x10;

  private static final AttributeType[] BY_CODE = new AttributeType[256];

  static {
    for (AttributeType type : values()) {
      BY_CODE[type.code] = type;
    }
  }

  private final int code;
  private final int flags;

  AttributeType(int code, int flags) {
    this.code = code;
    this.flags = flags;
  }

  int code() {
    return code;
  }

  int flags() {
    return flags;
  }

  boolean flagsFit(int seen) {
    return (seen & (OPTIONAL | TRANSITIVE)) == flags;
  }

  static Optional<AttributeType> of(int code) {
    return Optional.ofNullable(BY_CODE[code]);
  }
}
