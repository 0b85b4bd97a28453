/**
 * A fleet of boxes that do not exist, against a broker that does: {@link
 * dev.twinspan.agent.fleet.load.LoadRun} drives them, a {@link
 * dev.twinspan.agent.fleet.load.BoxSession} is the MQTT 5 session of one. On Netty and its codec:
 * Paho takes two or three threads for each connection.
 *
 * <pre>
 *   load-N (event loops): sessions, each on one loop    load-watch: the one that listens to all
 *   the caller: waits, draws the progress
 * </pre>
 */
@NullMarked
package dev.twinspan.agent.fleet.load;

import org.jspecify.annotations.NullMarked;
