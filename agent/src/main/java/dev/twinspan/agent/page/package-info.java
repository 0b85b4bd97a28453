/**
 * The pages that a browser shows: the fleet's, fed by the broker over WebSockets, and a box's own.
 * What they are made of is in the resources beside this package: HTML, a style sheet and plain
 * modules.
 */
@NullMarked
package dev.twinspan.agent.page;

import org.jspecify.annotations.NullMarked;
