/**
 * Updates of the whole image, into the slot that is not running: {@link
 * dev.twinspan.agent.update.UpdateCore} decides (no I/O), {@link dev.twinspan.agent.update.Updates}
 * does it, {@link dev.twinspan.agent.update.Rauc} writes and verifies.
 */
@NullMarked
package dev.twinspan.agent.update;

import org.jspecify.annotations.NullMarked;
