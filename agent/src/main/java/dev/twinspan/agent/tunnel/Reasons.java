package dev.twinspan.agent.tunnel;

/** What people read about a tunnel's flows. */
final class Reasons {
  private Reasons() {}

  static TunnelReason notYet() {
    return new TunnelReason("no-sa", "no CHILD SA yet: the tunnel carries no flows");
  }

  static TunnelReason keyed() {
    return new TunnelReason("keyed", "the tunnel has a CHILD SA and carries its share of flows");
  }

  static TunnelReason noSa() {
    return new TunnelReason("no-sa", "the last CHILD SA is gone: the tunnel carries no flows");
  }

  static TunnelReason suspect(long unanswered) {
    return new TunnelReason(
        "unanswered",
        "the peer has not answered a liveness check for %d ms; flows stay while it is asked again"
            .formatted(millis(unanswered)));
  }

  static TunnelReason answered(long roundTrip) {
    return new TunnelReason(
        "answered",
        "the peer answers again, in %d ms: nothing was moved".formatted(millis(roundTrip)));
  }

  static TunnelReason unanswered(long unanswered, long silence) {
    String esp =
        silence == 0
            ? "while ESP still comes in"
            : "and no ESP came for %d ms of sending".formatted(millis(silence));
    return new TunnelReason(
        "peer-silent",
        "no liveness check was answered for %d ms, %s: its flows were moved"
            .formatted(millis(unanswered), esp));
  }

  static TunnelReason espBlackhole(long silence, String evidence) {
    return new TunnelReason(
        "esp-blackhole",
        ("the peer answers IKE, but of steady two-way traffic no ESP has come back for %d ms, %s:"
                + " its flows were moved; look for a firewall that drops UDP 4500 or protocol 50")
            .formatted(millis(silence), evidence));
  }

  static TunnelReason lastResort() {
    return new TunnelReason(
        "last-resort",
        "its ESP is taken for blackholed, but no other tunnel works: flows go by it nevertheless");
  }

  static TunnelReason relieved() {
    return new TunnelReason(
        "relieved",
        "its ESP is still taken for blackholed, and another tunnel works again: its flows were"
            + " moved there");
  }

  static TunnelReason held(long hold, int losses) {
    String times = losses == 1 ? "lost once" : "lost %d times".formatted(losses);
    return new TunnelReason(
        "hold-down",
        "works again; %s within 10 minutes, so it gets its flows back after %d s without a break"
            .formatted(times, hold / Timing.SECOND));
  }

  static TunnelReason heldForAnAlarm(long hold, long late) {
    return new TunnelReason(
        "hold-down",
        ("was only slow: the peer answered after %d ms, which does not count as a loss; it gets its"
                + " flows back after %d s without a break")
            .formatted(millis(late), hold / Timing.SECOND));
  }

  static TunnelReason lostWhileHeld(long unanswered) {
    return new TunnelReason(
        "peer-silent",
        "no liveness check was answered for %d ms during the hold-down, which begins anew"
            .formatted(millis(unanswered)));
  }

  static TunnelReason holdDownOver() {
    return new TunnelReason(
        "carrying", "the hold-down is over: the tunnel carries its share of flows again");
  }

  static TunnelReason alone() {
    return new TunnelReason(
        "carrying", "works again, and no other tunnel does: it carries the flows at once");
  }

  static TunnelReason lossy(double loss) {
    return new TunnelReason(
        "lossy",
        ("%.1f %% of what the peer sends is lost on the way, and less elsewhere: new flows go by"
                + " the other tunnels, those it has stay; look at this tunnel's provider and path")
            .formatted(100 * loss));
  }

  static TunnelReason clean(double loss) {
    return new TunnelReason(
        "loss-over",
        "only %.1f %% are lost by now: the tunnel gets its share of new flows again"
            .formatted(100 * loss));
  }

  static TunnelReason lossTrial(long waited) {
    return new TunnelReason(
        "loss-over",
        "nothing much came for %d s by which to judge its loss: it is tried with new flows again"
            .formatted(waited / Timing.SECOND));
  }

  static TunnelReason draining() {
    return new TunnelReason(
        "draining", "taken out by the operator: its flows were moved, it closes in a moment");
  }

  static TunnelReason parting() {
    return new TunnelReason(
        "parting", "nothing passes any more: its BGP session ends, then the tunnel closes");
  }

  static TunnelReason drained() {
    return new TunnelReason(
        "drained", "taken out by the operator and closed; twinspan tunnel undrain brings it back");
  }

  static TunnelReason undrained() {
    return new TunnelReason("undrained", "brought back by the operator: the tunnel opens again");
  }

  static TunnelReason leaving(String why) {
    return new TunnelReason("leaving", why + ": its flows were moved before the tunnel goes");
  }

  static TunnelReason stays(String why) {
    return new TunnelReason("carrying", why + ": the tunnel carries its share of flows again");
  }

  private static long millis(long nanos) {
    return Math.round((double) nanos / Timing.MILLISECOND);
  }
}
