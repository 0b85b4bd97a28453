package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanBox;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.StatusClient;
import dev.twinspan.agent.status.TunnelStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Somebody on the internet sends 50,000 IKE_SA_INIT a second from spoofed addresses to the
 * appliance, which both instances call. The tunnel that stands stays, its liveness checks are
 * answered; the other instance resets its own again and again and gets in each time; and the
 * appliance's memory does not grow with the flood. Figures are printed.
 *
 * <p>5 s of flood; {@code -Dtwinspan.flood=30} for the whole of it, which then also holds the agent
 * to 3 s for a new peer and 32 MB.
 */
class FloodIT {
  private static final int SECONDS = Integer.getInteger("twinspan.flood", 5);
  private static final boolean WHOLE = SECONDS >= 30;
  private static final int PER_SECOND = Integer.getInteger("twinspan.flood.rate", 50_000);
  private static final Duration PATIENCE = Scenario.FLOWS;

  @Test
  void shouldKeepTunnelsAndLetPeersInUnderAFlood() throws Exception {
    try (Stage stage =
        Scenario.stage(
            Stage.Peer.TWINSPAN,
            Suite.AZURE_STRONG,
            Role.INITIATOR_ONLY,
            Role.RESPONDER_ONLY,
            Bench.Options.DEFAULT)) {
      stage.start();
      stage.awaitBothUp(Scenario.UP);
      TwinspanBox standing = (TwinspanBox) stage.instance(0);
      TwinspanBox caller = (TwinspanBox) stage.instance(1);
      reset(caller); // the code for it is loaded once
      TunnelStatus before =
          Scenario.awaitTunnel(stage, 0, t -> t.state() == TunnelStatus.State.UP, "up");
      long retransmitsBefore = before.retransmits() + tunnel(standing).retransmits();
      long memoryBefore = memory(stage.appliance());

      Daemon flood = flood(stage);
      Await.orThrow(PATIENCE, () -> floodDrops(stage) > 1_000, "the flood to arrive", flood::tail);
      List<Long> waits = new ArrayList<>();
      while (flood.alive()) {
        waits.add(reset(caller));
      }
      long memoryAfter = memory(stage.appliance());

      // SUSPECT while an answer is late, which is no loss.
      TunnelStatus after =
          Scenario.awaitTunnel(stage, 0, t -> t.state() == TunnelStatus.State.UP, "up");
      long retransmits = after.retransmits() + tunnel(standing).retransmits() - retransmitsBefore;
      double grown = (memoryAfter - memoryBefore) / 1024.0;
      System.out.printf(
          "flood: %s; a new peer gets in within %s ms; %d retransmissions on the standing tunnel;"
              + " appliance's RSS %+.1f MB (%.1f MB before); dropped: %s%n",
          flood.tail().strip().lines().toList().getLast(),
          waits,
          retransmits,
          grown,
          memoryBefore / 1024.0,
          stage.status().map(AgentStatus::drops).orElseThrow());

      assertThat(after.since())
          .as("never left: %s", Scenario.story(stage))
          .isEqualTo(before.since());
      assertThat(waits).as("new peers").isNotEmpty();
      if (WHOLE) {
        assertThat(waits).allMatch(wait -> wait < 3_000);
        assertThat(retransmits).as("liveness checks lost").isZero();
        assertThat(grown).as("megabytes grown").isLessThan(32);
      }
    }
  }

  private static Daemon flood(Stage stage) {
    Path log = stage.bench().directory().resolve("flood.log");
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            FloodSender.class.getName(),
            Addresses.APPLIANCE,
            Integer.toString(SECONDS),
            Integer.toString(PER_SECOND));
    return stage.bench().topology().inet().start("flood", log, Map.of(), command);
  }

  private static long floodDrops(Stage stage) {
    Map<String, Long> drops = stage.status().map(AgentStatus::drops).orElse(Map.of());
    return drops.entrySet().stream()
        .filter(drop -> drop.getKey().contains("cookie-demanded"))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private static TunnelStatus tunnel(TwinspanBox box) {
    return box.status().orElseThrow().tunnels().getFirst();
  }

  /** The instance forgets its tunnel and calls anew; milliseconds until that stands. */
  private static long reset(TwinspanBox box) throws StatusClient.Unreachable {
    Instant began = Instant.now();
    new StatusClient(box.statusSocket()).post("/v1/tunnels/" + tunnel(box).name() + "/reset");
    Await.orThrow(
        PATIENCE,
        () -> {
          TunnelStatus now = tunnel(box);
          return now.state() == TunnelStatus.State.UP && now.since().isAfter(began);
        },
        "the instance to get in",
        box::tail);
    return Duration.between(began, tunnel(box).since()).toMillis();
  }

  /** Resident kilobytes of the agent: the largest process with its configuration in its command. */
  private static long memory(TwinspanBox box) throws IOException {
    String configuration = box.configFile().toString();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      return processes
          .filter(process -> process.getFileName().toString().matches("\\d+"))
          .filter(process -> read(process.resolve("cmdline")).contains(configuration))
          .flatMap(process -> read(process.resolve("status")).lines())
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .max()
          .orElseThrow();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException _) {
      return ""; // it has just ended
    }
  }
}
