package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.BgpSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * Both instances as strongSwan with a BGP daemon behind it, as Azure has them: AS 65515 at
 * 10.10.255.4 and .5, timers 60/180; the appliance speaks to both from 10.255.0.17.
 */
final class BgpStage implements AutoCloseable {
  static final Duration LIMIT = Scenario.UP;

  private final Stage stage;
  private final List<BgpDaemon> daemons = new ArrayList<>();
  private final List<Start> starts = new ArrayList<>();

  /** Of an instance's daemon, behind its strongSwan. */
  private interface Start {
    BgpDaemon daemon() throws IOException;
  }

  private BgpStage(Stage stage) {
    this.stage = stage;
  }

  /**
   * @param offered by each daemon, beside the VNet's prefix
   * @param bgp further settings of the appliance's {@code bgp} section, each with a comma in front
   * @param announced how many prefixes lie behind the appliance
   * @param lines further lines of the connection
   */
  static BgpStage start(
      BgpDaemon.Kind kind,
      Path directory,
      int offered,
      String bgp,
      int announced,
      List<String> lines)
      throws IOException {
    return start(kind, directory, offered, bgp, announced, lines, yaml -> yaml);
  }

  /**
   * As the other.
   *
   * @param rewriting changes what the settings make of the appliance's file
   */
  static BgpStage start(
      BgpDaemon.Kind kind,
      Path directory,
      int offered,
      String bgp,
      int announced,
      List<String> lines,
      UnaryOperator<String> rewriting)
      throws IOException {
    return start(kind, directory, offered, bgp, announced, lines, rewriting, Bench.Options.DEFAULT);
  }

  /** As the other, on another kind of bench. */
  static BgpStage start(
      BgpDaemon.Kind kind,
      Path directory,
      int offered,
      String bgp,
      int announced,
      List<String> lines,
      UnaryOperator<String> rewriting,
      Bench.Options options)
      throws IOException {
    Stage stage =
        Scenario.stage(
            Stage.Peer.STRONGSWAN, Suite.AZURE_STRONG, Role.RESPONDER_ONLY, Role.DEFAULT, options);
    BgpStage started = new BgpStage(stage);
    try {
      var settings =
          stage
              .appliance()
              .settings()
              .withLan(String.join(", ", behind(announced)))
              .speaking(
                  "asn: 65010, router-address: " + Addresses.APPLIANCE_LOOPBACK + bgp,
                  Addresses.INSTANCES_INSIDE);
      for (String line : lines) {
        settings = settings.with(line);
      }
      stage.appliance().configure(settings);
      stage.appliance().rewrite(rewriting);
      started.startInstances(kind, directory, offered);
      stage.appliance().start();
      return started;
    } catch (RuntimeException | IOException e) {
      stage.close();
      throw e;
    }
  }

  /** Both instances alone, FRR behind each: for another box than the bench's. */
  static BgpStage gateway(Path directory) throws IOException {
    BgpStage started =
        new BgpStage(
            Scenario.stage(
                Stage.Peer.STRONGSWAN,
                Suite.AZURE_STRONG,
                Role.RESPONDER_ONLY,
                Role.DEFAULT,
                Bench.Options.DEFAULT));
    try {
      started.startInstances(BgpDaemon.Kind.FRR, directory, 1);
      return started;
    } catch (RuntimeException | IOException e) {
      started.close();
      throw e;
    }
  }

  private void startInstances(BgpDaemon.Kind kind, Path directory, int offered) throws IOException {
    for (int i = 0; i < 2; i++) {
      int index = i;
      stage.instance(i).start();
      starts.add(
          () -> {
            leadToBox(index);
            return BgpDaemon.start(
                kind,
                stage.bench().topology().instances().get(index),
                Files.createDirectories(directory.resolve("bgp" + index)),
                new BgpDaemon.Settings(
                    offers(offered), 0, false, Addresses.INSTANCES_INSIDE.get(index)));
          });
      daemons.add(starts.get(i).daemon());
    }
  }

  /**
   * Peers with APIPA addresses, which never dial, that announce the VNet and a default route.
   *
   * @param bgp further settings of the appliance's {@code bgp} section, each with a comma in front
   */
  static BgpStage apipa(Path directory, String bgp) throws IOException {
    Stage stage =
        Scenario.stage(
            Stage.Peer.STRONGSWAN,
            Suite.AZURE_STRONG,
            Role.RESPONDER_ONLY,
            Role.DEFAULT,
            Bench.Options.DEFAULT);
    BgpStage started = new BgpStage(stage);
    try {
      List<String> peers = List.of("169.254.21.5", "169.254.22.5");
      List<String> ours = List.of("169.254.21.6", "169.254.22.6");
      List<String> addresses = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        addresses.add(peers.get(i) + ", local-bgp-address: " + ours.get(i));
      }
      stage
          .appliance()
          .configure(stage.appliance().settings().speaking("asn: 65010" + bgp, addresses));
      // As a DHCP client has it: one that is set by hand, of metric 0, no tunnel takes over.
      Namespace box = stage.bench().topology().cpe();
      box.ip("route", "add", "default", "via", Addresses.APPLIANCE_ROUTER, "metric", "100");
      box.ip("route", "del", "default", "via", Addresses.APPLIANCE_ROUTER, "metric", "0");
      for (int i = 0; i < 2; i++) {
        stage.instance(i).start();
        Namespace instance = stage.bench().topology().instances().get(i);
        instance.ip("address", "add", peers.get(i) + "/32", "dev", "lo");
        instance.ip("route", "replace", ours.get(i) + "/32", "dev", "ipsec0");
        started.daemons.add(
            BgpDaemon.start(
                BgpDaemon.Kind.FRR,
                instance,
                Files.createDirectories(directory.resolve("bgp" + i)),
                new BgpDaemon.Settings(
                    List.of(Addresses.VNET_PREFIX, "0.0.0.0/0"),
                    0,
                    true,
                    peers.get(i),
                    ours.get(i))));
      }
      stage.appliance().start();
      return started;
    } catch (RuntimeException | IOException e) {
      stage.close();
      throw e;
    }
  }

  private void leadToBox(int index) {
    stage
        .bench()
        .topology()
        .instances()
        .get(index)
        .ip("route", "replace", Addresses.APPLIANCE_LOOPBACK + "/32", "dev", "ipsec0");
  }

  /** An instance dies as its host does, and its BGP daemon with it. */
  void kill(int index) {
    stage.bench().kill(index);
    daemons.get(index).daemon().kill();
  }

  /** It is back, without state. */
  void restore(int index) throws IOException {
    stage.bench().restore(index);
    restoreDaemon(index);
  }

  /** Its BGP daemon alone. */
  void restoreDaemon(int index) throws IOException {
    daemons.set(index, starts.get(index).daemon());
  }

  private static List<String> offers(int count) {
    List<String> prefixes = new ArrayList<>(List.of(Addresses.VNET_PREFIX));
    for (int i = 0; i < count - 1; i++) {
      prefixes.add("10.%d.%d.0/24".formatted(64 + i / 256, i % 256));
    }
    return prefixes;
  }

  private static List<String> behind(int count) {
    List<String> prefixes = new ArrayList<>(List.of(Addresses.LAN_PREFIX));
    for (int i = 0; i < count - 1; i++) {
      prefixes.add("172.%d.%d.0/24".formatted(16 + i / 256, i % 256));
    }
    return prefixes;
  }

  Stage stage() {
    return stage;
  }

  BgpDaemon daemon(int index) {
    return daemons.get(index);
  }

  Optional<AgentStatus> status() {
    return stage.status();
  }

  Optional<BgpSession> session(int index) {
    return status()
        .flatMap(
            status ->
                status.bgp().stream()
                    .filter(session -> session.tunnel().endsWith("/in" + index))
                    .findFirst());
  }

  boolean established(int index) {
    return session(index)
        .map(session -> session.state() == BgpSession.State.ESTABLISHED)
        .orElse(false);
  }

  /** Prefixes that both tunnels share; -1 while the agent does not answer. */
  long shared() {
    return status()
        .map(s -> s.routes().stream().filter(route -> route.shares().size() == 2).count())
        .orElse(-1L);
  }

  boolean event(String code) {
    return status()
        .map(s -> s.events().stream().anyMatch(event -> event.code().equals(code)))
        .orElse(false);
  }

  void await(String wanted, BooleanSupplier condition) {
    Await.orThrow(
        LIMIT,
        condition,
        wanted,
        () ->
            "%s%n%s%n%s%n%s"
                .formatted(
                    status().map(AgentStatus::bgp),
                    status().map(AgentStatus::events),
                    daemons.stream().map(BgpDaemon::log).toList(),
                    stage.tails()));
  }

  @Override
  public void close() {
    stage.close();
  }
}
