/**
 * The deterministic simulator: engines, a virtual clock and a seeded network in one thread. A
 * failing seed is a one-line reproduction.
 *
 * <pre>
 *   World      the clock, the event queue, the nodes, what must hold at any time
 *   SimNetwork loses, duplicates, delays, reorders and corrupts by its seed; partitions; NATs
 *   SimHost    what has an address in the world and a sense of time
 *   SimNode    one box: an IkeEngine and the SA tables its actions fill
 *   Schedule   one story by its seed; Mischief, what may happen in it; Seeds, many of them
 *   Chart      a failing story as a message-sequence chart
 *   FastCrypto stand-ins a thousand times as fast as the real ones, for masses of schedules
 * </pre>
 *
 * {@code sim.bgp} does the same for the BGP speaker, {@code sim.appliance} for the whole appliance.
 */
@NullMarked
package dev.twinspan.agent.sim;

import org.jspecify.annotations.NullMarked;
