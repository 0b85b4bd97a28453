/**
 * Copies of packets for {@code twinspan capture}: rings of fixed size, nothing when nobody asks.
 */
@NullMarked
package dev.twinspan.datapath.capture;

import org.jspecify.annotations.NullMarked;
