package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.AsPath;
import dev.twinspan.agent.bgp.message.PathAttributes;

/**
 * Where a prefix that is passed on comes from.
 *
 * @param path as it was learnt; our own ASN comes in front of it
 * @param noExport whoever announced it wants it told to no other AS (RFC 1997)
 */
public record Provenance(AsPath path, boolean noExport) {
  /** Prefixes that begin here. */
  public static final Provenance OWN = new Provenance(AsPath.EMPTY, false);

  /** RFC 1997's well-known communities; the second forbids telling anybody at all. */
  private static final int NO_EXPORT = 0xffff_ff01;

  private static final int NO_ADVERTISE = 0xffff_ff02;

  static Provenance of(PathAttributes attributes) {
    return new Provenance(
        attributes.asPath(),
        attributes.communities().contains(NO_EXPORT)
            || attributes.communities().contains(NO_ADVERTISE));
  }
}
