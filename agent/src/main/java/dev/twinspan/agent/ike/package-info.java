@NullMarked
package dev.twinspan.agent.ike;

import org.jspecify.annotations.NullMarked;
