/**
 * The whole appliance under faults, on virtual time: the control loop that ships, with IKE, BGP,
 * liveness, selection, route table and kernel routes, in one or two boxes of a site against two
 * instances of a gateway.
 *
 * <pre>
 *   ApplianceSchedule  one story by its seed; Mishaps, what may happen in it
 *   Site               boxes, instances and the flows between their hosts; what must hold of them
 *   Box                one appliance: control.Appliance over SimPackets, SimEsp and TcpStack
 *   Instance           one of Azure: an IKE engine in a SimNode and a BGP engine
 *   TcpStack           BGP's connections: segments in ESP, lost and repeated like anything else
 * </pre>
 */
@NullMarked
package dev.twinspan.agent.sim.appliance;

import org.jspecify.annotations.NullMarked;
