package dev.twinspan.agent.tunnel;

import org.jspecify.annotations.Nullable;

/**
 * A state of one tunnel. What outlasts a state is in {@link TunnelFsm}. Each event returns the step
 * it leads to, or null to stay.
 *
 * <pre>
 *            keyed                unanswered            misses
 *   DOWN ───────────▶ UP ◀─────────────────▶ SUSPECT ───────────▶ LOST (from UP: blackholed)
 *    ▲  ╲ lost of late ▲        answered                           │ answers
 *    │   ╲             │ hold-down over                            ▼
 *    │    ╰──────────▶ HELD ◀──────────────────────────────────────╯
 *    ╰── no SA left, from anywhere           LEAVING, DRAINING ──▶ DRAINED: announced, from anywhere
 * </pre>
 */
sealed interface TunnelState
    permits DownState,
        UpState,
        SuspectState,
        LostState,
        BlackholedState,
        HeldState,
        LeavingState,
        DrainingState,
        PartingState,
        DrainedState {
  TunnelPhase phase();

  @Nullable Step look(TunnelFsm fsm, long now, Sighting seen, Neighbours around);

  /** Whether it is asking, or about to change by itself, and wants to be looked at often. */
  default boolean restless() {
    return false;
  }
}
