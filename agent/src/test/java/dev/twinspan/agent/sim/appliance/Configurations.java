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
   * @param sibling whether the boxes know each other
   * @param far whether there is a second gateway, as backup
   * @param changed another LAN prefix, as after a reload
   * @param patient another DPD timeout: every tunnel starts anew
   */
  record Wanted(
      int box,
      boolean bgp,
      boolean standby,
      boolean sibling,
      boolean far,
      boolean changed,
      boolean patient) {
    Wanted of(int other) {
      return new Wanted(other, bgp, standby, sibling, far, changed, patient);
    }

    Wanted changed(boolean lan, boolean timeout) {
      return new Wanted(box, bgp, standby, sibling, far, lan, timeout);
    }
  }

  private static final Map<Wanted, AgentConfig> READ = new ConcurrentHashMap<>();

  private static final String TEXT =
      """
      device: {id: box%1$d, site: lyon}
      wan: {address: 198.51.100.%2$d}
      lan: {prefixes: [192.168.50.0/24%3$s], address: 192.168.50.%7$d}
      %8$s
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

  private static final String FAR =
      """
        - name: far
          mode: single-tunnel
          preference: 50
          %1$s
          psk: {file: hub.psk}
          policy: azure-strong
          dpd-timeout: %2$d
          instances:
            - {name: in2, address: 203.0.113.12, bgp-address: 10.10.255.6}
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
    String routing =
        wanted.bgp() ? "routing: bgp" : "routing: static\n    static-prefixes: [10.10.0.0/16]";
    int timeout = wanted.patient() ? 12 : 9;
    int sibling = 3 - wanted.box();
    String text =
        TEXT.formatted(
            wanted.box(),
            17 + wanted.box(),
            wanted.changed() ? ", 192.168.51.0/24" : "",
            wanted.standby() ? "active-standby" : "active-active",
            routing,
            timeout,
            2 + wanted.box(),
            wanted.sibling() ? "site-peer: {address: 192.168.50.%d}".formatted(sibling) : "");
    return wanted.far() ? text + FAR.formatted(routing, timeout) : text;
  }
}
