@NullMarked
package dev.twinspan.agent.ike.crypto;

import org.jspecify.annotations.NullMarked;
