package dev.twinspan.agent.cli;

/** What systemd is told, sd_notify(3); without it, nothing. Main thread only. */
final class ServiceManager {
  static ServiceManager find() {
    return new ServiceManager();
  }

  void ready(String status) {}

  void alive(String status) {}

  void reloading() {}

  void stopping() {}
}
