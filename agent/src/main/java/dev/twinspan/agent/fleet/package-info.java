/**
 * The link to the fleet's broker: {@link dev.twinspan.agent.fleet.FleetCore} decides (no I/O),
 * {@link dev.twinspan.agent.fleet.FleetLink} is its thread, {@link
 * dev.twinspan.agent.fleet.PahoClient} speaks MQTT. Topics and payloads are described in {@code
 * fleet/asyncapi.yaml}, which tests hold them to.
 */
@NullMarked
package dev.twinspan.agent.fleet;

import org.jspecify.annotations.NullMarked;
