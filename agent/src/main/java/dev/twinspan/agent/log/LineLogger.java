package dev.twinspan.agent.log;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LoggingEventAware;

/** A logger that writes to {@link LogSink}; the fluent API's pairs are fields of the line. */
final class LineLogger extends LegacyAbstractLogger implements LoggingEventAware {
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
    LogSink.write(
        level, name, MessageFormatter.basicArrayFormat(pattern, arguments), thrown, Map.of());
  }

  @Override
  public void log(LoggingEvent event) {
    Map<String, String> fields = new LinkedHashMap<>();
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      pairs.forEach(pair -> fields.put(pair.key, String.valueOf(pair.value)));
    }
    LogSink.write(
        event.getLevel(),
        name,
        MessageFormatter.basicArrayFormat(event.getMessage(), event.getArgumentArray()),
        event.getThrowable(),
        fields);
  }
}
