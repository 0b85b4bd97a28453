/**
 * The operator's side of the fleet: {@link dev.twinspan.agent.fleet.operator.FleetModel} is what
 * boxes have told (no I/O), {@link dev.twinspan.agent.fleet.operator.OperatorLink} listens and
 * speaks, as a client of its own, whose certificate's name decides what it may.
 */
@NullMarked
package dev.twinspan.agent.fleet.operator;

import org.jspecify.annotations.NullMarked;
