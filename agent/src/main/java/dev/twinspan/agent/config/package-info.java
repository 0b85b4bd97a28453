@NullMarked
package dev.twinspan.agent.config;

import org.jspecify.annotations.NullMarked;
