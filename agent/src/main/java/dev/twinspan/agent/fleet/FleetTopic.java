package dev.twinspan.agent.fleet;

import dev.twinspan.agent.status.AgentStatus;
import java.util.Locale;

/** What is published, and how: {@code twinspan/1/{site}/{device}/…}. */
enum FleetTopic {
  /** Also the will. */
  STATE(1, true),
  /** The birth document. */
  ABOUT(1, true),
  HEALTH(0, false);

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
    return "twinspan/1/%s/%s/%s".formatted(of.site(), of.device(), name().toLowerCase(Locale.ROOT));
  }
}
