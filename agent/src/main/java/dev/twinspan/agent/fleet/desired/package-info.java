/**
 * Configuration from afar: {@link dev.twinspan.agent.fleet.desired.DesiredDesk} checks it and tries
 * it out, {@link dev.twinspan.agent.fleet.desired.Trial} decides (no I/O) whether it stays.
 */
@NullMarked
package dev.twinspan.agent.fleet.desired;

import org.jspecify.annotations.NullMarked;
