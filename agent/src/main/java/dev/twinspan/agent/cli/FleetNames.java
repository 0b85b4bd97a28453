package dev.twinspan.agent.cli;

import dev.twinspan.agent.terminal.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Names that become a level of a topic. */
final class FleetNames {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private FleetNames() {}

  /** The name, when it is one: no wildcard, no separator. */
  static String topicLevel(CommandSpec spec, String what, String name) {
    if (!valid(name)) {
      throw new ParameterException(
          spec.commandLine(),
          "%s \"%s\": expected a name of letters, digits, dot, hyphen and underscore"
              .formatted(what, Terminal.line(name)));
    }
    return name;
  }

  static boolean valid(String name) {
    return NAME.matcher(name).matches();
  }

  /** What a person answers, up to the line's end; empty where there is nobody. */
  static String line(InputStream in) {
    StringBuilder line = new StringBuilder();
    try {
      for (int c = in.read(); c >= 0 && c != '\n' && line.length() < 16; c = in.read()) {
        line.append((char) c);
      }
    } catch (IOException _) {
      return "";
    }
    return line.toString().strip();
  }
}
