/** {@code twinspan bench}: what this machine can carry, measured. */
@NullMarked
package dev.twinspan.agent.bench;

import org.jspecify.annotations.NullMarked;
