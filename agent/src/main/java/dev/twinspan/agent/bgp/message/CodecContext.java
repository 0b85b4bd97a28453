package dev.twinspan.agent.bgp.message;

import java.util.Set;

/**
 * What the two OPENs agreed on, as far as bytes depend on it.
 *
 * @param fourOctetAs both said so: AS_PATH and AGGREGATOR carry 4-octet numbers (RFC 6793)
 * @param external the peer is in another AS
 * @param families those both speak; others are ignored (RFC 4760 section 6)
 */
public record CodecContext(boolean fourOctetAs, boolean external, Set<Family> families) {
  public CodecContext {
    families = Set.copyOf(families);
  }

  /** Before OPENs are exchanged. */
  public static final CodecContext UNNEGOTIATED = new CodecContext(false, true, Set.of());
}
