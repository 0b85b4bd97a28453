@NullMarked
package dev.twinspan.agent.json;

import org.jspecify.annotations.NullMarked;
