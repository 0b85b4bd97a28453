package dev.twinspan.agent.fleet.operator;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Looks for secrets in a configuration before it goes to a broker, where it is retained, and read
 * by whoever watches the fleet. Comments count: that is where old keys are left.
 */
public final class SecretScan {
  private static final Pattern PRIVATE_KEY = Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY-----");

  /** A value behind a telling name; a map ({file: …}), a path and a plain word are none. */
  private static final Pattern NAMED =
      Pattern.compile(
          "(?i)\\b(psk|pre-?shared-?key|shared-?key|pass(?:word|phrase)?|secret|token)\\b[\"']?"
              + "\\s*[:=]\\s*[\"']?([^\\s\"'{}\\[\\],/.#][^\\s\"'{}\\[\\],]{5,})");

  private static final Pattern WORD = Pattern.compile("[a-z-]+[;:.!?]*");

  /** Base64 of 24 bytes or more, or hexadecimal of 16. */
  private static final Pattern RANDOM =
      Pattern.compile("(?<![A-Za-z0-9+/=._-])([A-Za-z0-9+/]{32,}={0,2})(?![A-Za-z0-9+/=._-])");

  private static final int MOST_SLASHES = 3;

  private SecretScan() {}

  /** The first line that looks like one, without what it holds; null: none does. */
  public static @Nullable String find(String text) {
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      if (PRIVATE_KEY.matcher(line).find()) {
        return "line %d holds a private key: put it into a file on the box".formatted(number);
      }
      Matcher named = NAMED.matcher(line);
      if (named.find() && !WORD.matcher(named.group(2)).matches()) {
        return "line %d holds what looks like a secret behind \"%s\": put it into a file on the box"
            .formatted(number, named.group(1));
      }
      Matcher random = RANDOM.matcher(line);
      if (random.find() && looksRandom(random.group(1))) {
        return "line %d holds what looks like a key (%d random characters): put it into a file on the box"
            .formatted(number, random.group(1).length());
      }
    }
    return null;
  }

  /** A path has such letters too; what is random has few slashes, and seldom one in front. */
  private static boolean looksRandom(String word) {
    if (word.startsWith("/") || word.chars().filter(c -> c == '/').count() > MOST_SLASHES) {
      return false;
    }
    boolean digit = word.chars().anyMatch(Character::isDigit);
    boolean upper = word.chars().anyMatch(Character::isUpperCase);
    boolean lower = word.chars().anyMatch(Character::isLowerCase);
    boolean hexadecimal = word.chars().allMatch(c -> Character.digit(c, 16) >= 0);
    return digit && ((upper && lower) || hexadecimal);
  }
}
