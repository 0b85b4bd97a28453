package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.ike.crypto.Hex;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * One file of {@code src/test/resources/strongswan}, whose {@code record} script says how it came
 * to be: the messages on the wire, and the secrets strongSwan derived, in order of time.
 *
 * @param suite the comment line, for the test's name
 */
public record RecordedExchange(
    String suite, byte[] psk, List<byte[]> messages, Deque<Secret> secrets) {
  /**
   * @param name as charon logs it, blanks turned into dashes
   */
  public record Secret(String name, byte[] bytes) {}

  public static RecordedExchange load(String name) {
    byte[] psk = {};
    String suite = name;
    List<byte[]> messages = new ArrayList<>();
    Deque<Secret> secrets = new ArrayDeque<>();
    for (String line : lines("/strongswan/" + name + ".exchange")) {
      String[] words = line.split(" ", 2);
      switch (words[0]) {
        case "#" -> suite = words[1].startsWith("strongSwan") ? words[1] : suite;
        case "secret" -> psk = Hex.bytes(words[1]);
        case ">", "<" -> messages.add(Hex.bytes(words[1]));
        default -> secrets.add(new Secret(words[0], Hex.bytes(words[1])));
      }
    }
    return new RecordedExchange(suite, psk, List.copyOf(messages), secrets);
  }

  /** The next secret, which must have this name. */
  byte[] next(String name) {
    Secret secret = secrets.removeFirst();
    if (!secret.name().equals(name)) {
      throw new AssertionError("recorded secret is " + secret.name() + ", expected " + name);
    }
    return secret.bytes();
  }

  /** The next secret if it has this name. */
  Optional<byte[]> nextIf(String name) {
    return secrets.getFirst().name().equals(name) ? Optional.of(next(name)) : Optional.empty();
  }

  @Override
  public String toString() {
    return suite;
  }

  private static List<String> lines(String resource) {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                RecordedExchange.class.getResourceAsStream(resource), StandardCharsets.US_ASCII))) {
      return reader.lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
