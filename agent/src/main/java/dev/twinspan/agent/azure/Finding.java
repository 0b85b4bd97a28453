package dev.twinspan.agent.azure;

import java.util.Locale;

/**
 * Something the operator should know before the tunnel is set up.
 *
 * @param code stable, for machines
 * @param about the connection or file; empty: all of it
 * @param sentence what was seen and what that means
 * @param fix the setting to change, and on which side; empty: nothing to do
 */
record Finding(Severity severity, String code, String about, String sentence, String fix) {
  enum Severity {
    /** Nothing can be written. */
    REFUSED,
    WARNING,
    NOTE;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
