/**
 * The status model as metrics: {@link dev.twinspan.agent.metrics.Exposition} makes them, {@link
 * dev.twinspan.agent.metrics.MetricsServer} serves them.
 */
@NullMarked
package dev.twinspan.agent.metrics;

import org.jspecify.annotations.NullMarked;
