/**
 * The virtual board: network namespaces that play two Azure gateway instances, the VNet behind
 * them, the internet, the appliance and its LAN, with the faults that the real ones suffer.
 *
 * <pre>
 *   lan ── cpe ──(nat)── inet ──┬── in0 ──┬── vnet
 *                               └── in1 ──┘
 * </pre>
 *
 * Nothing here needs more than util-linux, iproute2 and nftables, nor root where unprivileged user
 * namespaces are allowed, and nothing outlives the process that built it, however that ends.
 */
@NullMarked
package dev.twinspan.agent.rehearse.netns;

import org.jspecify.annotations.NullMarked;
