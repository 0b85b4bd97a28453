package dev.twinspan.agent.fleet.command;

import dev.twinspan.agent.update.Updates;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What may be asked of a box, as the last level of the topic names it. */
public enum Verb {
  RESET,
  REKEY,
  DRAIN,
  UNDRAIN,
  SELF_DRILL,
  CAPTURE,
  SPEED_TEST,
  LOG_LEVEL,
  REBOOT,
  UPDATE;

  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Those that this agent carries out on this machine; the rest it knows well enough to say so. */
  public static List<Verb> offered() {
    return Stream.of(values()).filter(verb -> verb != UPDATE || Updates.supported()).toList();
  }

  static Optional<Verb> of(String word) {
    return Stream.of(values()).filter(verb -> verb.word().equals(word)).findFirst();
  }
}
