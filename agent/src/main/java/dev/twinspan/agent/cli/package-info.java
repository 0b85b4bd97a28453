@NullMarked
package dev.twinspan.agent.cli;

import org.jspecify.annotations.NullMarked;
