package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.TunnelStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An image that is booted in the appliance's place, Azure's two instances (strongSwan and FRR), and
 * the report of what was seen. {@code image/try} names image and report: {@code
 * -Dtwinspan.image=DISK}, {@code -Dtwinspan.image.report=FILE}. For one thread at a time.
 */
final class ImageStage implements AutoCloseable {
  /** An emulated machine on a busy one: a minute to boot, three until a JVM is ready. */
  static final Duration BOOT = Duration.ofMinutes(15);

  /** Until tunnels are up, of a box that boots. */
  static final Duration UP = Duration.ofMinutes(20);

  static final String DEVICE = "branch-0017";
  static final String SITE = "image-try";

  /** What its LAN's page begins with. */
  private static final Pattern WHO = Pattern.compile("Twinspan (\\S+) on (\\S+), slot ([AB])");

  private static final Duration LOOK = Duration.ofSeconds(1);

  private static final String CONFIG =
      """
      device: {id: %s, site: %s}
      wan: {address: %s}
      lan: {prefixes: [%s], address: %s}
      bgp: {asn: 65010, router-address: %s}
      page: {listen: "%s:8080"}
      connections:
        - name: hub-weu
          mode: active-active
          routing: bgp
          psk: {file: secrets/hub-weu.psk}
          policy: azure-strong
          dpd-timeout: 9
          instances:
            - {name: in0, address: 203.0.113.10, bgp-address: 10.10.255.4}
            - {name: in1, address: 203.0.113.11, bgp-address: 10.10.255.5}
      """
          .formatted(
              DEVICE,
              SITE,
              Addresses.APPLIANCE,
              Addresses.LAN_PREFIX,
              Addresses.LAN_ROUTER,
              Addresses.APPLIANCE_LOOPBACK,
              Addresses.LAN_ROUTER);

  private static final String NETWORK =
      """
      wan=%s/24
      wan-gateway=%s
      lan=%s/24
      dns=%s
      """
          .formatted(
              Addresses.APPLIANCE,
              Addresses.APPLIANCE_ROUTER,
              Addresses.LAN_ROUTER,
              Addresses.VNET_HOST);

  /** Which image runs, and from where. */
  record Running(String version, String slot) {}

  private final long began = System.nanoTime();
  private final BgpStage gateway;
  private final GuestBox box;

  private ImageStage(BgpStage gateway, GuestBox box) {
    this.gateway = gateway;
    this.box = box;
  }

  /** The instances run, the box is off. */
  static ImageStage set(Path directory) throws IOException {
    BgpStage gateway = BgpStage.gateway(directory);
    try {
      return new ImageStage(
          gateway,
          GuestBox.of(
              gateway.stage().bench().topology(),
              Files.createDirectories(directory.resolve("guest")),
              Path.of(System.getProperty("twinspan.image"))));
    } catch (RuntimeException | IOException e) {
      gateway.close();
      throw e;
    }
  }

  BgpStage gateway() {
    return gateway;
  }

  GuestBox box() {
    return box;
  }

  /**
   * Onto its boot partition, as a person would, with a key for SSH; for a box that is off.
   *
   * @param more further sections of its configuration
   * @param files beside it, by name
   */
  void configure(String more, Map<String, String> files) throws IOException {
    box.provision(configuration(more, files));
  }

  /** The same in a folder, which nothing has yet. */
  Path configuration(String name) throws IOException {
    return box.written(configuration("", Map.of()), name);
  }

  private Map<String, String> configuration(String more, Map<String, String> files)
      throws IOException {
    Map<String, String> all = new HashMap<>(files);
    all.put("twinspan.yaml", CONFIG + more);
    all.put("secrets/hub-weu.psk", Gateways.PSK + "\n");
    all.put("network.conf", NETWORK);
    all.put("authorized_keys", box.makeKey());
    return all;
  }

  /** A configuration with a word that none has. */
  void misconfigure(String word) throws IOException {
    box.provision(
        Map.of(
            "twinspan.yaml",
            CONFIG.replace("policy:", word + ":"),
            "secrets/hub-weu.psk",
            Gateways.PSK + "\n"));
  }

  /** Both tunnels, and BGP through each. */
  boolean both() {
    return box.status()
        .filter(
            s ->
                s.tunnels().size() == 2
                    && s.tunnels().stream().allMatch(t -> t.state() == TunnelStatus.State.UP)
                    && s.bgp().size() == 2
                    && s.bgp().stream().allMatch(b -> b.state() == BgpSession.State.ESTABLISHED))
        .isPresent();
  }

  /** What BGP brought and took, in words; empty while the agent does not answer. */
  Optional<String> bgp() {
    return box.status()
        .map(
            status ->
                String.join(
                    ", ",
                    status.bgp().stream()
                        .map(
                            b ->
                                "%s %d in, %d out"
                                    .formatted(b.tunnel(), b.accepted(), b.advertised()))
                        .toList()));
  }

  /** As its LAN's page has it; empty while nothing answers. */
  Optional<Running> running() {
    return box.page()
        .map(WHO::matcher)
        .filter(Matcher::find)
        .map(who -> new Running(who.group(1), who.group(3)));
  }

  boolean runs(String version, String slot) {
    return running().filter(new Running(version, slot)::equals).isPresent();
  }

  /** What is there at last: a box that is emulated does not answer each time it is asked. */
  <T> T awaitSome(Duration limit, String wanted, Supplier<Optional<T>> asked) {
    AtomicReference<T> told = new AtomicReference<>();
    await(
        limit,
        wanted,
        () -> {
          asked.get().ifPresent(told::set);
          return told.get() != null;
        });
    return told.get();
  }

  void await(Duration limit, String wanted, BooleanSupplier condition) {
    boolean came =
        Await.until(
            limit,
            () -> {
              if (!box.alive() || condition.getAsBoolean()) {
                return true;
              }
              Await.pause(LOOK);
              return false;
            });
    assertThat(box.alive()).as(box::tail).isTrue();
    if (!came) {
      throw new BenchException(
          "waited %d s for %s; seen: %s".formatted(limit.toSeconds(), wanted, box.tail()));
    }
  }

  long seconds() {
    return (System.nanoTime() - began) / 1_000_000_000;
  }

  void tell(String sentence) {
    String line = "[%4d s] %s%n".formatted(seconds(), sentence);
    System.out.print(line);
    String report = System.getProperty("twinspan.image.report", "");
    try {
      if (!report.isEmpty()) {
        Files.writeString(
            Path.of(report), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      box.close();
    } finally {
      gateway.close();
    }
  }
}
