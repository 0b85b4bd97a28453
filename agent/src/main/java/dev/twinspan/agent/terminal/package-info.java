/** The terminal as a page of lines. */
@NullMarked
package dev.twinspan.agent.terminal;

import org.jspecify.annotations.NullMarked;
