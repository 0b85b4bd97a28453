/**
 * {@code twinspan capture}: from the datapath's rings to pcapng, and keys as Wireshark reads them.
 */
@NullMarked
package dev.twinspan.agent.capture;

import org.jspecify.annotations.NullMarked;
