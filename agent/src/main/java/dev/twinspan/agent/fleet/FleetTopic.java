package dev.twinspan.agent.fleet;

import dev.twinspan.agent.status.AgentStatus;
import java.util.Locale;

/** What is published, and how: {@code twinspan/1/{site}/{device}/…}. */
enum FleetTopic {
  /** Also the will. */
  STATE(1, true),
  /** The birth document. */
  ABOUT(1, true),
  HEALTH(0, false),
  EVENT(1, false),
  /** What became of a configuration from afar. */
  REPORTED(1, true),
  /** How an update of the image goes. */
  OTA(1, true);

  private final int qos;
  private final boolean retained;

  FleetTopic(int qos, boolean retained) {
    this.qos = qos;
    this.retained = retained;
  }

  int qos() {
    return qos;
  }

  boolean retained() {
    return retained;
  }

  String name(AgentStatus of) {
    return prefix(of) + name().toLowerCase(Locale.ROOT);
  }

  /** Behind the prefix: whoever publishes there has missed something; the payload says nothing. */
  static final String REBIRTH = "cmd/rebirth";

  /** All of this box's topics begin so. */
  static String prefix(AgentStatus of) {
    return "twinspan/1/%s/%s/".formatted(of.site(), of.device());
  }
}
