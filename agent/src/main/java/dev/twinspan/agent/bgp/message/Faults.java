package dev.twinspan.agent.bgp.message;

import dev.twinspan.agent.bgp.message.AttributeFault.Treatment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was wrong in one UPDATE. The strongest treatment counts (RFC 7606 section 3 (h)). */
final class Faults {
  /** Kept for the log; the worst is found among all. */
  private static final int KEPT = 16;

  private final List<AttributeFault> faults = new ArrayList<>();
  private @Nullable AttributeFault worst;
  private int worstSubcode;
  private boolean withdraws;

  /**
   * @param subcode of UPDATE Message Error, told to the peer should it come to a reset
   */
  void add(int attribute, Treatment treatment, int subcode, String section, String sentence) {
    AttributeFault fault =
        new AttributeFault(
            attribute,
            treatment,
            section,
            attribute == 0 ? sentence : "path attribute %d: %s".formatted(attribute, sentence));
    if (faults.size() < KEPT) {
      faults.add(fault);
    }
    withdraws |= treatment == Treatment.TREAT_AS_WITHDRAW;
    if (worst == null || worst.treatment().compareTo(treatment) < 0) {
      worst = fault;
      worstSubcode = subcode;
    }
  }

  List<AttributeFault> all() {
    return faults;
  }

  /**
   * Whether what this UPDATE announces is withdrawn; a disabled family does not make that
   * superfluous for the other.
   */
  boolean withdraws() {
    return withdraws;
  }

  /** With no fault the weakest. */
  Treatment worst() {
    return worst == null ? Treatment.ATTRIBUTE_DISCARD : worst.treatment();
  }

  Malformed reset() {
    return new Malformed(
        Notification.UPDATE_ERROR,
        worstSubcode,
        worst == null ? "" : "%s (%s)".formatted(worst.sentence(), worst.section()));
  }
}
