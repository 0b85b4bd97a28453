@NullMarked
package dev.twinspan.agent.control;

import org.jspecify.annotations.NullMarked;
