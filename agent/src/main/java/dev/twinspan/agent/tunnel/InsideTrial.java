package dev.twinspan.agent.tunnel;

/**
 * Tells a blackhole of ESP from an application that fell silent where no other tunnel is heard that
 * would tell: by probes inside the tunnel, of a target that is known to answer them. They are so
 * far apart that one that answers once a second answers at least one.
 */
final class InsideTrial {
  /** When ESP was heard last before the silence that is tried. */
  private long heardAt;

  private int sent;
  private long firstAt;
  private long lastAt;

  /** Returns whether all probes of the silence under way remained without answer. */
  boolean failed(long now, Sighting seen, Silence silence, TunnelFsm fsm) {
    if (heardAt != silence.heardAt()) {
      heardAt = silence.heardAt();
      sent = 0;
    }
    if (!seen.inside().answers() || sent > 0 && Timing.after(seen.inside().heardAt(), firstAt)) {
      return false;
    }
    boolean due = sent == 0 || now - lastAt >= Timing.TRIAL_SPACING;
    if (!due) {
      return false;
    }
    if (sent == Timing.TRIAL_PROBES) {
      return true;
    }
    firstAt = sent == 0 ? now : firstAt;
    lastAt = now;
    sent++;
    fsm.probe();
    return false;
  }
}
