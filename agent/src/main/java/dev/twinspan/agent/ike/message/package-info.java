@NullMarked
package dev.twinspan.agent.ike.message;

import org.jspecify.annotations.NullMarked;
