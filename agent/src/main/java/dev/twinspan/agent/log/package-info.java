/** Where SLF4J's lines go: standard error, as people or as journald wants them. */
@NullMarked
package dev.twinspan.agent.log;

import org.jspecify.annotations.NullMarked;
