package dev.twinspan.agent.cli;

import dev.twinspan.agent.config.Nearest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Commands that a box obeys from afar, as {@code fleet/asyncapi.yaml} describes them. */
enum FleetVerb {
  RESET(true, 60, List.of("tunnel")),
  REKEY(false, 60, List.of("tunnel"), "ike"),
  DRAIN(false, 60, List.of("tunnel")),
  UNDRAIN(false, 60, List.of("tunnel")),
  SELF_DRILL(false, 900, List.of(), "tunnel"),
  CAPTURE(false, 120, List.of("seconds"), "tunnel"),
  SPEED_TEST(false, 120, List.of(), "seconds"),
  LOG_LEVEL(false, 60, List.of("level"), "seconds"),
  REBOOT(true, 60, List.of()),
  UPDATE(true, 3600, List.of("url", "sha256", "size"), "force", "at");

  private final boolean dangerous;
  private final int seconds;
  private final List<String> needed;
  private final Set<String> arguments;

  /**
   * @param seconds within which it is usually over
   * @param needed arguments without which it cannot be
   * @param others that it takes
   */
  FleetVerb(boolean dangerous, int seconds, List<String> needed, String... others) {
    this.dangerous = dangerous;
    this.seconds = seconds;
    this.needed = needed;
    Set<String> all = new HashSet<>(needed);
    all.addAll(List.of(others));
    this.arguments = Set.copyOf(all);
  }

  /** As topics have it. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether it interrupts what the box carries, so that it wants a yes. */
  boolean dangerous() {
    return dangerous;
  }

  int seconds() {
    return seconds;
  }

  List<String> needed() {
    return needed;
  }

  Set<String> arguments() {
    return arguments;
  }

  private static List<String> words() {
    return Arrays.stream(values()).map(FleetVerb::word).toList();
  }

  /** For picocli: the words, not Java's names. */
  static final class Converter implements ITypeConverter<FleetVerb> {
    @Override
    public FleetVerb convert(String word) {
      for (FleetVerb verb : values()) {
        if (verb.word().equals(word)) {
          return verb;
        }
      }
      throw new TypeConversionException(
          "\"%s\" is no command of a box: %s"
              .formatted(
                  word,
                  Nearest.to(word, words())
                      .map(near -> "did you mean " + near + "?")
                      .orElse("expected one of " + String.join(", ", words()))));
    }
  }

  /** For the completion script. */
  static final class Candidates implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return new ArrayList<>(words()).iterator();
    }
  }
}
