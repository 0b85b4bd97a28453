/** The BGP speaker under faults, on virtual time. */
@NullMarked
package dev.twinspan.agent.sim.bgp;

import org.jspecify.annotations.NullMarked;
