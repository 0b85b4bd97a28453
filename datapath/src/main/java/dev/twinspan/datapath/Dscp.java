package dev.twinspan.datapath;

/**
 * The DSCP of outer packets (RFC 4301 section 5.1.2.1: a matter of local policy). The inner one is
 * never touched.
 */
public sealed interface Dscp {
  /** The inner packet's: the WAN sees which class it is in. */
  record Copy() implements Dscp {}

  /** One class for all. */
  record Fixed(int codepoint) implements Dscp {
    public Fixed {
      if (codepoint < 0 || codepoint > 63) {
        throw new IllegalArgumentException("DSCP " + codepoint + " is not in 0..63");
      }
    }
  }

  Dscp COPY = new Copy();
  Dscp ZERO = new Fixed(0);
}
