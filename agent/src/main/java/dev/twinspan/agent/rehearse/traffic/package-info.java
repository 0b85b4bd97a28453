/**
 * The traffic of the bench: UDP flows with sequence numbers, file transfers with checksums and
 * long-lived TCP flows, run by one process in the LAN host's namespace and one in the VNet host's,
 * which are told what to do, and tell what they saw, in lines of JSON.
 */
@NullMarked
package dev.twinspan.agent.rehearse.traffic;

import org.jspecify.annotations.NullMarked;
