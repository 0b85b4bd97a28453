package dev.twinspan.agent.fleet;

import static dev.twinspan.agent.fleet.FleetStage.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.fleet.FleetStage.Seen;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.FleetStatus;
import dev.twinspan.agent.status.StatusClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Stock mosquitto goes away, and things happen: an operator drains tunnels and brings them back.
 * The agent is killed, the broker comes back, and with it a watcher whose session it has kept: all
 * that happened arrives, in order. Then the same with a ring that is too small for it: the oldest
 * are missing, and their number is told.
 */
class FleetEventsIT {
  /** Seconds that the broker is away; 600 for the bar. */
  private static final int AWAY = Integer.getInteger("twinspan.away", 0);

  private static final int EVENTS = AWAY > 0 ? 500 : 20;
  private static final int ROOM = 10;

  @TempDir private Path folder;

  @Test
  void shouldTellWhatHappenedWhileTheBrokerWasAway() throws Exception {
    try (FleetStage fleet = FleetStage.set(folder, Stage.Peer.STRONGSWAN)) {
      fleet.brokerConfig(
          config ->
              config
                  .replace("persistence false", "persistence true")
                  .replace("/var/lib/mosquitto/", folder + "/"));
      Path heard = folder.resolve("heard");
      Daemon broker = fleet.broker();
      Daemon watcher = watcher(fleet, heard);
      fleet.stage().appliance().start();
      fleet.await(heard, 0, "ready");
      fleet.await(heard, "event", 1);
      assertThat(watcher.terminate(LIMIT)).isTrue();
      assertThat(broker.terminate(LIMIT)).isTrue();

      long before = last(status(fleet));
      AgentStatus made = happen(fleet, EVENTS, Duration.ofSeconds(AWAY));
      long session = made.session();
      long last = last(made);
      FleetStatus away = made.added().fleet();
      assertThat(away.state()).isNotEqualTo(FleetStatus.State.CONNECTED);
      // Those that are told as waiting are on the disk.
      Await.orThrow(
          LIMIT,
          () -> status(fleet).added().fleet().waiting() >= last - before,
          "all events to be taken in",
          () -> status(fleet).added().toString());
      fleet.stage().appliance().kill();

      broker = fleet.broker();
      Path after = folder.resolve("after");
      watcher = watcher(fleet, after);
      fleet.stage().appliance().start();
      TreeMap<Long, JsonNode> told = awaitEvent(fleet, after, session, last);
      // What the broker had already acknowledged, the first watcher has seen.
      assertThat(told.keySet())
          .containsAll(LongStream.rangeClosed(before + 1, last).boxed().toList());
      assertThat(told.values()).allMatch(event -> event.get("historical").asBoolean());
      assertThat(told.values()).noneMatch(event -> event.has("dropped"));
      assertThat(inOrder(after, session)).isSorted();
      System.err.printf("fleet: %d events of a dead session told%n", told.size());

      awaitToldAll(fleet);
      assertThat(watcher.terminate(LIMIT)).isTrue();
      assertThat(broker.terminate(LIMIT)).isTrue();
      assertThat(fleet.stage().appliance().stop(LIMIT)).isTrue();
      tooSmall(fleet);
    }
  }

  private void tooSmall(FleetStage fleet) throws Exception {
    Stage stage = fleet.stage();
    fleet.configure("events-kept: " + ROOM + ", ");
    stage.appliance().start();
    AgentStatus made = happen(fleet, 2 * ROOM, Duration.ZERO);
    Await.orThrow(
        LIMIT,
        () -> status(fleet).added().fleet().dropped() >= last(made) - ROOM,
        "all events to be taken in",
        () -> status(fleet).added().toString());
    assertThat(status(fleet).added().fleet().waiting()).isEqualTo(ROOM);
    stage.appliance().kill();

    fleet.broker();
    Path heard = folder.resolve("last");
    watcher(fleet, heard);
    stage.appliance().start();
    // The next life's first words push some more out. Of this one each arrives, or is counted.
    Await.orThrow(
        LIMIT,
        () -> dropped(heard) + arrived(heard, made.session()) >= last(made),
        "all events of session %d, told or counted".formatted(made.session()),
        () -> FleetStage.seen(heard, "event").toString());
    assertThat(dropped(heard)).isGreaterThanOrEqualTo(ROOM);
    assertThat(arrived(heard, made.session())).isLessThanOrEqualTo(ROOM);
    System.err.printf("fleet: %d events of %d dropped%n", dropped(heard), last(made));
  }

  private static long dropped(Path heard) {
    return FleetStage.seen(heard, "event").stream()
        .mapToLong(seen -> seen.payload().path("dropped").asLong(0))
        .sum();
  }

  private static long arrived(Path heard, long session) {
    return inOrder(heard, session).size();
  }

  /** A subscriber whose session the broker keeps while it is away, and over its own restarts. */
  private static Daemon watcher(FleetStage fleet, Path heard) {
    List<String> command = new ArrayList<>(List.of("mosquitto_sub"));
    command.addAll(fleet.as("controller"));
    command.addAll(List.of("-i", "watcher", "-c", "-x", "3600"));
    command.addAll(List.of("-q", "1", "-t", "twinspan/1/#", "-F", "%U %r %t %p"));
    return fleet.box().start("watcher", heard, Map.of(), command);
  }

  /** Drains and undrains in turn, spread over some time, until there are so many more events. */
  private static AgentStatus happen(FleetStage fleet, int events, Duration over) {
    long begun = System.nanoTime();
    long first = last(status(fleet));
    for (int turn = 0; ; turn++) {
      long due = begun + over.toNanos() * Math.min(events, last(status(fleet)) - first) / events;
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      AgentStatus now = status(fleet);
      if (last(now) - first >= events && System.nanoTime() - begun >= over.toNanos()) {
        return now;
      }
      String tunnel = now.tunnels().get(turn / 2 % 2).name();
      command(fleet, tunnel, turn % 2 == 0 ? "drain" : "undrain");
      // One that comes too early is refused, and another follows.
      Await.until(Duration.ofSeconds(1), () -> last(status(fleet)) > last(now));
    }
  }

  private static void command(FleetStage fleet, String tunnel, String verb) {
    try {
      new StatusClient(fleet.stage().appliance().statusSocket())
          .post("/v1/tunnels/%s/%s".formatted(tunnel, verb));
    } catch (StatusClient.Unreachable e) {
      throw new AssertionError(e);
    }
  }

  private static AgentStatus status(FleetStage fleet) {
    StatusClient client = new StatusClient(fleet.stage().appliance().statusSocket());
    AgentStatus[] last = new AgentStatus[1];
    Await.orThrow(
        LIMIT,
        () -> {
          try {
            last[0] = client.status();
            return last[0].added().fleet() != null;
          } catch (StatusClient.Unreachable _) {
            return false;
          }
        },
        "status",
        fleet.stage()::describe);
    return last[0];
  }

  private static long last(AgentStatus status) {
    return status.events().isEmpty() ? 0 : status.events().getLast().number();
  }

  private static void awaitToldAll(FleetStage fleet) {
    Await.orThrow(
        LIMIT,
        () -> status(fleet).added().fleet().waiting() == 0,
        "all events to be acknowledged",
        () -> status(fleet).added().toString());
  }

  /** All events of a session by number, once that one is among them. */
  private static TreeMap<Long, JsonNode> awaitEvent(
      FleetStage fleet, Path heard, long session, long number) {
    fleet.await(
        heard,
        "event",
        "event %d-%d".formatted(session, number),
        seen -> seen.payload().get("id").asString().equals(session + "-" + number));
    TreeMap<Long, JsonNode> told = new TreeMap<>();
    for (Seen seen : FleetStage.seen(heard, "event")) {
      if (seen.session() == session) {
        told.put(seen.payload().get("number").asLong(), seen.payload());
      }
    }
    return told;
  }

  private static List<Long> inOrder(Path heard, long session) {
    return FleetStage.seen(heard, "event").stream()
        .filter(seen -> seen.session() == session)
        .map(seen -> seen.payload().get("number").asLong())
        .toList();
  }
}
