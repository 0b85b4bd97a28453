@NullMarked
package dev.twinspan.agent;

import org.jspecify.annotations.NullMarked;
