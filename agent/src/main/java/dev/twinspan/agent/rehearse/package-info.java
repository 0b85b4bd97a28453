/**
 * {@code twinspan rehearse}: the whole product on one machine, with both of Azure's instances
 * played by our own agent or by strongSwan, real packets, and the faults to lose an instance by.
 */
@NullMarked
package dev.twinspan.agent.rehearse;

import org.jspecify.annotations.NullMarked;
