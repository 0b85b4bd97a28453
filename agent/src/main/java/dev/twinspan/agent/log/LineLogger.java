package dev.twinspan.agent.log;

import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** A logger that writes to {@link LogSink}. */
final class LineLogger extends LegacyAbstractLogger {
  private static final long serialVersionUID = 1L;

  /** Asked for by Netty at each turn of its loop, so worked out once. */
  private final boolean own;

  LineLogger(String name) {
    this.name = name;
    this.own = LogSink.isOwn(name);
  }

  @Override
  public boolean isTraceEnabled() {
    return LogSink.enabled(own, Level.TRACE);
  }

  @Override
  public boolean isDebugEnabled() {
    return LogSink.enabled(own, Level.DEBUG);
  }

  @Override
  public boolean isInfoEnabled() {
    return LogSink.enabled(own, Level.INFO);
  }

  @Override
  public boolean isWarnEnabled() {
    return LogSink.enabled(own, Level.WARN);
  }

  @Override
  public boolean isErrorEnabled() {
    return LogSink.enabled(own, Level.ERROR);
  }

  @Override
  protected @Nullable String getFullyQualifiedCallerName() {
    return null;
  }

  @Override
  protected void handleNormalizedLoggingCall(
      Level level,
      @Nullable Marker marker,
      String pattern,
      Object @Nullable [] arguments,
      @Nullable Throwable thrown) {
    LogSink.write(level, name, MessageFormatter.basicArrayFormat(pattern, arguments), thrown);
  }
}
