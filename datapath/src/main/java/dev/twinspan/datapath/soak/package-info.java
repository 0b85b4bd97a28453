/**
 * A load that knows what must arrive: packets with a payload that can be told from any other, a
 * wire with mischief on it, and a check of every byte behind it. Allocates nothing per packet.
 */
@NullMarked
package dev.twinspan.datapath.soak;

import org.jspecify.annotations.NullMarked;
