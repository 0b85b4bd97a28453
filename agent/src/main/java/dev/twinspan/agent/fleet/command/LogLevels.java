package dev.twinspan.agent.fleet.command;

import dev.twinspan.agent.log.LogSink;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The log's level, and when it is what it was again. Looked at each second even without a link, so
 * that nobody has to come back for it.
 */
public final class LogLevels {
  private static final Logger LOG = LoggerFactory.getLogger(LogLevels.class);

  private final Level usual = LogSink.level();
  private boolean changed;
  private long until;

  synchronized void set(long now, Level level, int seconds) {
    LogSink.level(level);
    changed = true;
    until = now + Duration.ofSeconds(seconds).toNanos();
    LOG.info("the log's level is {} for {} s, as the fleet asked", level, seconds);
  }

  /** As time goes by. */
  public synchronized void look(long now) {
    if (changed && now - until >= 0) {
      changed = false;
      LogSink.level(usual);
      LOG.info("the log's level is {} again", usual);
    }
  }
}
