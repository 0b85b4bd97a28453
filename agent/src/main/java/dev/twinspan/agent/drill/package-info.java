/**
 * The self-drill: takes each tunnel out in turn, on purpose, and measures what that cost. A
 * sans-I/O core; {@link dev.twinspan.agent.drill.SelfDrill} is the way in.
 *
 * <pre>
 *   SelfDrill ── which tunnel, and when: the window of the night, or because somebody asked
 *      └─ Exercise ── one tunnel: WATCHING ─▶ DRAINING ─▶ RESTING ─▶ RETURNING ─▶ SETTLING
 *            └─ GapMeter ── the longest time in which packets were sent and none came
 * </pre>
 */
@NullMarked
package dev.twinspan.agent.drill;

import org.jspecify.annotations.NullMarked;
