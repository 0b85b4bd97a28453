package dev.twinspan.agent.fleet;

import java.nio.file.Path;
import java.util.List;

/** Arguments of mosquitto's clients. */
public final class BrokerClient {
  private BrokerClient() {}

  /**
   * As the one whose certificate and key are {@code name.pem} and {@code name.key}; these four
   * last.
   *
   * @param folder of these, and of {@code ca.pem}
   */
  public static List<String> as(String name, String broker, Path folder) {
    return List.of(
        "-V",
        "mqttv5",
        "-h",
        broker,
        "-p",
        "8883",
        "--cafile",
        folder.resolve("ca.pem").toString(),
        "--cert",
        folder.resolve(name + ".pem").toString(),
        "--key",
        folder.resolve(name + ".key").toString());
  }
}
