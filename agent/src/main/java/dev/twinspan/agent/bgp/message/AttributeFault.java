package dev.twinspan.agent.bgp.message;

/**
 * A path attribute that was wrong and what became of the UPDATE for it.
 *
 * @param attribute its type code; 0: the list as such
 * @param section the RFC's, that prescribes the treatment
 * @param sentence the value seen and the one expected
 */
public record AttributeFault(int attribute, Treatment treatment, String section, String sentence) {
  /** RFC 7606 section 2, weakest first. */
  public enum Treatment {
    ATTRIBUTE_DISCARD,
    TREAT_AS_WITHDRAW,
    AFI_SAFI_DISABLE,
    SESSION_RESET
  }
}
