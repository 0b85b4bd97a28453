@NullMarked
package dev.twinspan.agent.status;

import org.jspecify.annotations.NullMarked;
