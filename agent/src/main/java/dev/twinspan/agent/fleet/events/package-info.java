/**
 * Events on their way to the fleet: handed over by the control loop ({@link
 * dev.twinspan.agent.fleet.events.EventOutlet}), ordered and bounded ({@link
 * dev.twinspan.agent.fleet.events.Outbox}, no I/O), kept on disk ({@link
 * dev.twinspan.agent.fleet.events.RingFile}) until the broker has acknowledged them.
 */
@NullMarked
package dev.twinspan.agent.fleet.events;

import org.jspecify.annotations.NullMarked;
