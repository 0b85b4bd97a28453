package dev.twinspan.agent.tunnel;

import org.jspecify.annotations.Nullable;

/**
 * Finds that ESP is blackholed while IKE answers, from the traffic alone: packets went steadily
 * both ways, and of a sudden they only go. It may also be the application that fell silent, or the
 * peer that answers by another tunnel; so the neighbours must be heard, and not more than before.
 * Where they are not, probes tell ({@link InsideTrial}).
 */
final class EspWatch {
  /** Weight of one look in the averages: about a second of looks. */
  private static final double WEIGHT = 0.02;

  private long lastLook;
  private long sent;
  private long heard;
  private long neighbours;

  // While packets are heard, kept as they are during a silence, which counts when it is over.
  private final SlotShare hearing = new SlotShare(5);
  private int averaged;
  private double heardRate;
  private double neighboursRate;

  // Of the silence under way.
  private final SlotShare sending = new SlotShare(3);
  private long silentSince;
  private long neighboursThen;

  private final InsideTrial trial = new InsideTrial();

  /** Returns why ESP is blackholed by all that can be told; null: it is not. */
  @Nullable TunnelReason blackholed(
      long now, Sighting seen, Neighbours around, TunnelFsm fsm, long usual) {
    Silence silence = fsm.silence();
    boolean sentSome = seen.sentPackets() != sent;
    long heardNow = seen.heardPackets() - heard;
    long neighboursNow = around.heardPackets() - neighbours;
    long elapsed = now - lastLook;
    boolean first = lastLook == 0;
    lastLook = now;
    sent = seen.sentPackets();
    heard = seen.heardPackets();
    neighbours = around.heardPackets();
    if (first || elapsed <= 0 || elapsed > 2 * Timing.LOOK_RESTING) {
      silentSince = 0;
      hearing.resume(now);
      return null;
    }
    if (silence.length() < usual) {
      silentSince = 0;
      average(heardNow, neighboursNow, elapsed);
      hearing.look(now, heardNow > 0);
      return null;
    }
    if (silentSince != silence.since()) {
      silentSince = silence.since();
      sending.forget(now);
      neighboursThen = around.heardPackets();
    }
    sending.look(now, sentSome);
    long patience = Math.clamp(4 * silence.usual(), Timing.ESP_SILENCE, Timing.ESP_SILENCE_LONGEST);
    boolean ofASudden =
        silence.length() >= patience
            && hearing.isSteady()
            && sending.isSteady()
            && Timing.after(fsm.inquiry().begunAt(), silentSince)
            && !fsm.inquiry().isOpen()
            && around.alternative();
    if (!ofASudden) {
      return null;
    }
    if (around.heardAt() != 0 && now - around.heardAt() < Timing.TWO_WAY) {
      return takenOver(around, silence.length() - usual)
          ? null
          : Reasons.espBlackhole(silence.length(), "while the other tunnels hear theirs");
    }
    return trial.failed(now, seen, silence, fsm)
        ? Reasons.espBlackhole(
            silence.length(), "and probes inside the tunnel remained without answer")
        : null;
  }

  /**
   * Flows come to the tunnel again. That they were steady before is remembered: if its ESP is still
   * blackholed nothing else will tell.
   */
  void restart() {
    lastLook = 0;
    silentSince = 0;
  }

  private void average(long heardNow, long neighboursNow, long elapsed) {
    // Looks come closer together while the peer is asked: each weighs as long as it is. The first
    // ones weigh alike.
    averaged = Math.min(averaged + 1, (int) (1 / WEIGHT));
    double share = WEIGHT * elapsed / Timing.LOOK_ACTIVE;
    double weight = Math.min(1, Math.max(share, 1.0 / averaged));
    heardRate += weight * (heardNow * (double) Timing.SECOND / elapsed - heardRate);
    neighboursRate += weight * (neighboursNow * (double) Timing.SECOND / elapsed - neighboursRate);
  }

  /** Whether the neighbours hear what this tunnel heard before. */
  private boolean takenOver(Neighbours around, long nanos) {
    double rate =
        (around.heardPackets() - neighboursThen) * (double) Timing.SECOND / Math.max(1, nanos);
    return rate - neighboursRate > heardRate / 2;
  }
}
