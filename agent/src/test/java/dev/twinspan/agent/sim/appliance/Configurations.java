package dev.twinspan.agent.sim.appliance;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConfigReader;
import dev.twinspan.agent.config.ConfigResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the boxes are configured with: read from YAML as in real life, each once. */
final class Configurations {
  /**
   * @param box 0 or 1
   * @param changed another LAN prefix, as after a reload
   * @param patient another DPD timeout: every tunnel starts anew
   */
  record Wanted(int box, boolean bgp, boolean standby, boolean changed, boolean patient) {}

  private static final Map<Wanted, AgentConfig> READ = new ConcurrentHashMap<>();

  private static final String TEXT =
      """
      device: {id: box%1$d, site: lyon}
      wan: {address: 198.51.100.%2$d}
      lan: {prefixes: [192.168.50.0/24%3$s]}
      bgp: {asn: 65010, router-address: 10.255.0.%2$d, hold-time: 9}
      connections:
        - name: hub
          mode: %4$s
          %5$s
          psk: {file: hub.psk}
          policy: azure-strong
          dpd-timeout: %6$d
          instances:
            - {name: in0, address: 203.0.113.10, bgp-address: 10.10.255.4}
            - {name: in1, address: 203.0.113.11, bgp-address: 10.10.255.5}
      """;

  private Configurations() {}

  static AgentConfig of(Wanted wanted) {
    return READ.computeIfAbsent(wanted, Configurations::read);
  }

  private static AgentConfig read(Wanted wanted) {
    try {
      Path folder = Files.createTempDirectory("twinspan-sim");
      Path secret = Files.writeString(folder.resolve("hub.psk"), "Correct+Horse+Battery");
      Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
      Path file = Files.writeString(folder.resolve("twinspan.yaml"), text(wanted));
      ConfigResult result = ConfigReader.read(file);
      Files.delete(file);
      Files.delete(secret);
      Files.delete(folder);
      if (result.config() == null) {
        throw new AssertionError(result.problems());
      }
      return result.config();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Wanted wanted) {
    return TEXT.formatted(
        wanted.box(),
        17 + wanted.box(),
        wanted.changed() ? ", 192.168.51.0/24" : "",
        wanted.standby() ? "active-standby" : "active-active",
        wanted.bgp() ? "routing: bgp" : "routing: static\n    static-prefixes: [10.10.0.0/16]",
        wanted.patient() ? 12 : 9);
  }
}
