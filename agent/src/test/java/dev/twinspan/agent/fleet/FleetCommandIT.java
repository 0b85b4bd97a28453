package dev.twinspan.agent.fleet;

import static dev.twinspan.agent.fleet.FleetStage.DEVICE;
import static dev.twinspan.agent.fleet.FleetStage.LIMIT;
import static dev.twinspan.agent.fleet.FleetStage.OTHER_DEVICE;
import static dev.twinspan.agent.fleet.FleetStage.TOPIC;
import static dev.twinspan.agent.fleet.FleetStage.seen;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.fleet.FleetStage.Seen;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.TunnelStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A controller orders a box about, by stock mosquitto and its shipped ACL. Orders are done once at
 * most, whatever comes twice, late, broken or far too large, and though the agent is killed; what
 * others order never arrives.
 */
class FleetCommandIT {
  private static final String UPDATE =
      "{\"url\": \"https://a.example/b\", \"sha256\": \"%s\", \"size\": 1}"
          .formatted("0".repeat(64));

  private static final String IN0 = "{\"tunnel\": \"%s/in0\"}";
  private static final String ONE_SECOND = "{\"seconds\": 1}";
  private static final String IN1 = "{\"tunnel\": \"%s/in1\"}";

  private static final int REKEYS = Integer.getInteger("twinspan.rekeys.afar", 4);

  @TempDir private Path folder;
  private Path heard;
  private FleetStage fleet;
  private String hub = "";

  @Test
  void shouldDoWhatItIsToldOnceAtMost() throws Exception {
    heard = folder.resolve("heard");
    try (FleetStage set = FleetStage.set(folder, Stage.Peer.STRONGSWAN)) {
      fleet = set;
      // The shipped limit would keep the largest from the box's door.
      fleet.brokerConfig(text -> text.replace("max_packet_size 131072", "max_packet_size 4194304"));
      fleet.broker();
      fleet.controller(heard);
      Stage stage = fleet.stage();
      stage.start();
      stage.awaitBothUp(LIMIT);
      fleet.await(heard, 0, "ready");
      hub = stage.tunnel(0).orElseThrow().connection();

      shouldRekeyRightBehindARekey();
      shouldDrainAndUndrain();
      shouldCaptureOnceForOneId();
      shouldRejectWithThePreciseReason();
      shouldStayUpUnderAHugePayload();
      shouldNeverHearOthers();
      shouldObeyTheOperatorsTerminal();
      shouldNotRepeatItselfAfterSigkill();
      assertThat(acks("forged")).isEmpty();
    }
  }

  /** Each is sent when the one before it is done, and not a moment later. */
  private void shouldRekeyRightBehindARekey() {
    String payload = IN0.formatted(hub);
    String ike = payload.replace("}", ", \"ike\": true}");
    for (int i = 0; i < REKEYS; i++) {
      send("rekey", "k" + i, i % 4 < 2 ? payload : ike);
      assertThat(ends("k" + i)).isEqualTo("done");
    }
  }

  private void shouldDrainAndUndrain() {
    send("drain", "d1", IN1.formatted(hub));
    assertThat(ends("d1")).isEqualTo("done");
    assertThat(state(1)).isEqualTo(TunnelStatus.State.DRAINED);
    assertThat(acks("d1").getFirst().payload().get("stage").asString()).isEqualTo("accepted");
    send("undrain", "u1", IN1.formatted(hub));
    assertThat(ends("u1")).isEqualTo("done");
    assertThat(state(1)).isEqualTo(TunnelStatus.State.UP);
  }

  private void shouldCaptureOnceForOneId() {
    send("capture", "c1", ONE_SECOND);
    assertThat(ends("c1")).isEqualTo("done");
    Path file = Path.of(acks("c1").getLast().payload().at("/result/file").asString());
    assertThat(file).startsWith(fleet.stateDirectory()).isNotEmptyFile();
    int told = acks("c1").size();
    send("capture", "c1", ONE_SECOND);
    Await.orThrow(LIMIT, () -> acks("c1").size() > told, "the ack again", this::tail);
    assertThat(stage(acks("c1").getLast())).isEqualTo("done");
    // Behind it: had it been done twice, this one would be the third.
    send("capture", "c2", ONE_SECOND);
    assertThat(ends("c2")).isEqualTo("done");
    assertThat(captures("c2")).isEqualTo(2);
  }

  private void shouldRejectWithThePreciseReason() {
    send("format-disk", "x1", "{}");
    assertThat(reason("x1")).isEqualTo("rejected unknown_verb");
    send("reset", "x2", "{\"tunnel\": ");
    assertThat(reason("x2")).isEqualTo("rejected malformed");
    send("reset", "x3", IN0.formatted("nowhere"));
    assertThat(reason("x3")).isEqualTo("rejected unknown_tunnel");
    send("reboot", "x4", "{}");
    assertThat(reason("x4")).isEqualTo("rejected forbidden");
    send("update", "x5", UPDATE);
    assertThat(reason("x5")).isEqualTo("rejected not_supported");
    publish("reset", "x6", "-m", IN0.formatted(hub));
    assertThat(reason("x6")).isEqualTo("rejected no_expiry");
    send("reset", "not an id", IN0.formatted(hub));
    assertThat(reason("no_id")).isEqualTo("rejected no_id");
    publish("reset", "x7", "-r", "-D", "publish", "message-expiry-interval", "600", "-m", "{}");
    assertThat(reason("x7")).isEqualTo("rejected retained");
    publish("reset", "", "-r", "-n");
  }

  private void shouldStayUpUnderAHugePayload() throws IOException {
    publish("reset", "x8", "-D", "publish", "message-expiry-interval", "60", "-f", payload(60_000));
    assertThat(reason("x8")).isEqualTo("rejected too_large");
    // The broker knows how much the box takes, and keeps it to itself.
    publish(
        "reset", "x9", "-D", "publish", "message-expiry-interval", "60", "-f", payload(1 << 20));
    send("speed-test", "after", "{\"seconds\": 1}");
    assertThat(ends("after")).isEqualTo("done");
    assertThat(acks("after").getLast().payload().at("/result/gigabits").asDouble()).isPositive();
    assertThat(acks("x9")).isEmpty();
  }

  private String payload(int bytes) throws IOException {
    byte[] text = new byte[bytes];
    Arrays.fill(text, (byte) ' ');
    byte[] order = IN0.formatted(hub).getBytes(StandardCharsets.UTF_8);
    System.arraycopy(order, 0, text, 0, order.length);
    return Files.write(folder.resolve("payload" + bytes), text).toString();
  }

  private void shouldNeverHearOthers() {
    for (String other : List.of(OTHER_DEVICE, "viewer")) {
      Exec.Result result =
          fleet.publish(other, TOPIC + "cmd/reset", properties("forged", IN0.formatted(hub)));
      assertThat(result.err() + result.out()).contains("Not authorized");
    }
  }

  /** {@code twinspan fleet}, as somebody at the controller's machine types it. */
  private void shouldObeyTheOperatorsTerminal() throws Exception {
    String in1 = hub + "/in1";
    assertThat(fleet.terminal("controller", "run", "drain", DEVICE, "--tunnel", in1))
        .contains(DEVICE + ": accepted", DEVICE + ": done");
    String shown = fleet.terminal("viewer", "show", DEVICE, "--wait", "60", "--json");
    JsonNode box = Json.parse(shown.substring(shown.indexOf('{')));
    assertThat(box.path("severity").asString()).isEqualTo("degraded");
    assertThat(box.path("why").asString()).startsWith(in1);
    assertThat(box.path("tunnelsCarrying").asInt()).isEqualTo(1);
    assertThat(fleet.terminal("controller", "run", "undrain", DEVICE, "--tunnel", in1))
        .contains(DEVICE + ": done");
    assertThat(state(1)).isEqualTo(TunnelStatus.State.UP);
  }

  private void shouldNotRepeatItselfAfterSigkill() {
    send("capture", "cut", "{\"seconds\": 60}");
    fleet.await(heard, "ack/cut", "the capture to run", a -> stage(a).equals("running"));
    fleet.stage().appliance().kill();
    Seen lost = fleet.await(heard, 0, "lost");
    // Sent to a box that is not there: void when it comes back, and not void.
    publish("log-level", "late", "-D", "publish", "message-expiry-interval", "1", "-m", debug());
    long void_ = System.nanoTime() + Duration.ofSeconds(3).toNanos();
    send("log-level", "kept", debug());
    send("capture", "c1", ONE_SECOND);
    Await.orThrow(LIMIT, () -> System.nanoTime() - void_ > 0, "a second to pass", () -> "");

    fleet.stage().appliance().start();
    assertThat(fleet.await(heard, lost.time(), "ready").session()).isEqualTo(2);
    assertThat(ends("kept")).isEqualTo("done");
    assertThat(reason("cut")).isEqualTo("failed interrupted");
    fleet.await(heard, "ack/c1", "its ack in the second life", ack -> ack.session() == 2);
    assertThat(stage(acks("c1").getLast())).isEqualTo("done");
    send("capture", "c3", ONE_SECOND);
    assertThat(ends("c3")).isEqualTo("done");
    assertThat(captures("c3")).as("of c3 alone").isEqualTo(1);
    assertThat(acks("late")).isEmpty();
  }

  private static String debug() {
    return "{\"level\": \"debug\", \"seconds\": 1}";
  }

  // --- who is asked, and what is heard ----------------------------------------------------------

  private void send(String verb, String id, String payload) {
    Exec.Result result =
        fleet.publish("controller", TOPIC + "cmd/" + verb, properties(id, payload));
    assertThat(result.ok()).as(result.err()).isTrue();
  }

  private static String[] properties(String id, String payload) {
    return new String[] {
      "-D",
      "publish",
      "correlation-data",
      id,
      "-D",
      "publish",
      "message-expiry-interval",
      "60",
      "-D",
      "publish",
      "response-topic",
      TOPIC + "ack/" + id,
      "-m",
      payload
    };
  }

  /** As it stands here, but for the id. */
  private void publish(String verb, String id, String... more) {
    List<String> all = new ArrayList<>(List.of(more));
    if (!id.isEmpty()) {
      all.addAll(List.of("-D", "publish", "correlation-data", id));
    }
    Exec.Result result =
        fleet.publish("controller", TOPIC + "cmd/" + verb, all.toArray(String[]::new));
    assertThat(result.ok()).as(result.err()).isTrue();
  }

  private List<Seen> acks(String id) {
    return seen(heard, "ack/" + id);
  }

  private static String stage(Seen ack) {
    return ack.payload().path("stage").asString("");
  }

  /** The final stage. */
  private String ends(String id) {
    Seen ack = last(id);
    return stage(ack).equals("done") ? "done" : ack.payload() + "\n" + tail();
  }

  private String reason(String id) {
    Seen ack = last(id);
    return stage(ack) + " " + ack.payload().path("reason").asString("");
  }

  private Seen last(String id) {
    return fleet.await(
        heard,
        "ack/" + id,
        "the end of " + id,
        ack -> !List.of("accepted", "running").contains(stage(ack)));
  }

  /** That were begun in this life until an order's end, as the control loop tells. */
  private long captures(String until) {
    Instant end = Instant.parse(last(until).payload().get("time").asString());
    Await.orThrow(
        LIMIT,
        () -> fleet.stage().status().map(status -> status.time().isAfter(end)).orElse(false),
        "a status of behind " + until,
        this::tail);
    return fleet.stage().status().map(AgentStatus::events).orElse(List.of()).stream()
        .map(Event::code)
        .filter("capture-started"::equals)
        .count();
  }

  private TunnelStatus.State state(int index) {
    return fleet.stage().tunnel(index).orElseThrow().state();
  }

  private String tail() {
    return seen(heard) + fleet.stage().appliance().tail();
  }
}
