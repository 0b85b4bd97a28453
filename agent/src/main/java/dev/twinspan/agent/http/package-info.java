/** The one bounded way in over HTTP, for the status socket, metrics and pages alike. */
@NullMarked
package dev.twinspan.agent.http;

import org.jspecify.annotations.NullMarked;
