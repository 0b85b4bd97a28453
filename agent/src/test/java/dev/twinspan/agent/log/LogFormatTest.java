package dev.twinspan.agent.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

class LogFormatTest {
  private static final Map<String, String> NONE = Map.of();
  private static final Instant TIME = Instant.parse("2026-09-21T12:00:03.5Z");

  @Test
  void shouldPutThePriorityBeforeEveryLineForTheJournal() {
    assertThat(LogFormat.JOURNAL.line(TIME, Level.WARN, "dev.twinspan.A", "one\ntwo", NONE))
        .isEqualTo("<4>A: one\n<4>two");
    assertThat(LogFormat.JOURNAL.line(TIME, Level.ERROR, "A", "x", NONE)).isEqualTo("<3>A: x");
    assertThat(LogFormat.JOURNAL.line(TIME, Level.DEBUG, "A", "x", NONE)).isEqualTo("<7>A: x");
  }

  @Test
  void shouldLetNoPeerWriteToTheTerminalOrForgeALine() {
    assertThat(LogFormat.HUMAN.line(TIME, Level.INFO, "a.B", "id \u001b[31m\nERROR forged", NONE))
        .endsWith(" INFO  B: id ?[31m\n    ERROR forged");
    assertThat(LogFormat.JOURNAL.line(TIME, Level.INFO, "a.B", "x\r\n<0>forged", NONE))
        .isEqualTo("<6>B: x?\n<6><0>forged");
  }

  @Test
  void shouldWriteOneObjectALine() {
    assertThat(LogFormat.JSON.line(TIME, Level.INFO, "a.B", "two\nlines", Map.of("tunnel", "in0")))
        .isEqualTo(
            "{\"time\":\"2026-09-21T12:00:03.500Z\",\"level\":\"info\",\"logger\":\"a.B\","
                + "\"text\":\"two\\nlines\",\"tunnel\":\"in0\"}");
  }

  @Test
  void shouldAddTheStackTrace() {
    assertThat(
            LogFormat.JOURNAL.line(
                TIME,
                Level.ERROR,
                "A",
                LogFormat.whole("x", new IllegalStateException("because")),
                NONE))
        .startsWith("<3>A: x\n<3>java.lang.IllegalStateException: because\n<3>\tat ");
  }

  @Test
  void shouldBeWhatSlf4jFinds() {
    assertThat(LoggerFactory.getLogger("dev.twinspan.x")).isInstanceOf(LineLogger.class);
    assertThat(LoggerFactory.getLogger("dev.twinspan.x").isInfoEnabled()).isTrue();
    assertThat(LoggerFactory.getLogger("twinspan").isInfoEnabled()).isTrue();
    assertThat(LoggerFactory.getLogger("io.netty.x").isInfoEnabled()).isFalse();
    assertThat(LoggerFactory.getLogger("io.netty.x").isWarnEnabled()).isTrue();
  }
}
