package dev.twinspan.agent.fleet.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.fleet.operator.FleetBox.Presence;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FleetModelTest {
  private static final Instant NOW = Instant.parse("2026-11-22T03:20:00Z");
  private static final String UP = "{\"name\":\"g/in0\",\"state\":\"up\",\"lossIn\":0}";

  private final FleetModel model = new FleetModel();

  private FleetBox take(String device, String kind, String payload) {
    return model.take(
        "twinspan/1/lyon/" + device + "/" + kind, payload.getBytes(StandardCharsets.UTF_8), NOW);
  }

  private FleetBox state(String device, String state, long session) {
    return take(
        device,
        "state",
        "{\"state\":\"%s\",\"session\":%d,\"version\":\"1\",\"since\":\"2026-11-22T03:00:00Z\"}"
            .formatted(state, session));
  }

  private FleetBox health(String device, long session, long number, String tunnels, String bgp) {
    return take(
        device,
        "health",
        "{\"session\":%d,\"seq\":%d,\"tunnels\":[%s],\"bgp\":[%s]}"
            .formatted(session, number, tunnels, bgp));
  }

  private Severity severity(String tunnels, String bgp) {
    state("box", "ready", 1);
    return health("box", 1, 1, tunnels, bgp).severity();
  }

  private static String tunnel(String state, double loss) {
    return "{\"name\":\"g/in1\",\"state\":\"%s\",\"lossIn\":%s,\"sentence\":\"why it is so\"}"
        .formatted(state, loss);
  }

  @Test
  void shouldIgnoreTheLateWillOfALifeBefore() {
    state("box", "init", 7);
    state("box", "ready", 7);
    assertThat(state("box", "lost", 6)).isNull();
    assertThat(state("box", "disconnected", 6)).isNull();
    assertThat(model.boxes())
        .singleElement()
        .extracting(FleetBox::presence)
        .isEqualTo(Presence.READY);
    assertThat(state("box", "lost", 7).severity()).isEqualTo(Severity.LOST);
  }

  /** A box that was made anew counts from one again. */
  @Test
  void shouldBelieveABirthWhateverItsSession() {
    state("box", "ready", 900);
    state("box", "lost", 900);
    assertThat(state("box", "ready", 1).presence()).isEqualTo(Presence.READY);
    assertThat(state("box", "lost", 1).presence()).isEqualTo(Presence.LOST);
  }

  /** The broker has kept the late will in place of the birth. */
  @Test
  void shouldTakeABoxThatSpeaksForOneThatIsThere() {
    assertThat(state("box", "lost", 6).severity()).isEqualTo(Severity.LOST);
    FleetBox box = health("box", 7, 40, UP, "");
    assertThat(box.presence()).isEqualTo(Presence.READY);
    assertThat(box.severity()).isEqualTo(Severity.WELL);
    assertThat(state("box", "lost", 6)).isNull();
  }

  @Test
  void shouldNotShowTheHealthOfALifeBefore() {
    state("box", "ready", 1);
    health("box", 1, 1, UP, "");
    assertThat(state("box", "ready", 2).severity()).isEqualTo(Severity.UNKNOWN);
    assertThat(health("box", 1, 2, UP, "")).as("late").isNull();
    assertThat(health("box", 2, 1, UP, "").severity()).isEqualTo(Severity.WELL);
  }

  @Test
  void shouldCountReportsThatAreMissing() {
    state("box", "ready", 1);
    health("box", 1, 5, UP, "");
    health("box", 1, 6, UP, "");
    assertThat(health("box", 1, 9, UP, "").missed()).isEqualTo(2);
    state("box", "ready", 2);
    assertThat(health("box", 2, 1, UP, "").missed()).as("another count").isEqualTo(2);
  }

  @Test
  void shouldJudgeByTunnelsAndSessions() {
    String established = "{\"session\":\"g/in0\",\"state\":\"established\"}";
    String idle = "{\"session\":\"g/in0\",\"state\":\"idle\"}";
    assertThat(severity(UP, established)).isEqualTo(Severity.WELL);
    assertThat(severity(UP, idle)).isEqualTo(Severity.DEGRADED);
    assertThat(severity(UP + "," + tunnel("failed", 0), "")).isEqualTo(Severity.DEGRADED);
    assertThat(severity(UP + "," + tunnel("drained", 0), "")).isEqualTo(Severity.DEGRADED);
    assertThat(severity(UP + "," + tunnel("suspect", 0), "")).isEqualTo(Severity.SUSPECT);
    assertThat(severity(UP + "," + tunnel("held", 0), "")).isEqualTo(Severity.SUSPECT);
    assertThat(severity(UP + "," + tunnel("up", 0.02), "")).isEqualTo(Severity.SUSPECT);
    assertThat(severity(UP + "," + tunnel("up", 0.01), "")).isEqualTo(Severity.WELL);
    assertThat(severity(tunnel("lost", 0), "")).isEqualTo(Severity.DOWN);
    assertThat(severity("", "")).isEqualTo(Severity.DOWN);
  }

  @Test
  void shouldSayWhy() {
    state("box", "ready", 1);
    assertThat(health("box", 1, 1, UP + "," + tunnel("failed", 0), "").why())
        .isEqualTo("g/in1: why it is so");
    assertThat(health("box", 1, 2, UP, "{\"session\":\"g/in0\",\"state\":\"active\"}").why())
        .isEqualTo("BGP by g/in0 is active");
    assertThat(health("box", 1, 3, tunnel("up", 0.025), "").why())
        .isEqualTo("g/in1: 2.5 % of what the peer sends is lost");
    assertThat(health("box", 1, 4, UP, "").why()).isEmpty();
  }

  @Test
  void shouldSayWhatTheDoctorFinds() {
    state("box", "ready", 1);
    FleetBox box = found(UP + "," + tunnel("failed", 0), "problem", "g/in1");
    assertThat(box.why()).isEqualTo("psk-mismatch: g/in1: the keys differ");
    assertThat(FleetTable.box(box, NOW))
        .contains("problem: psk-mismatch: g/in1: the keys differ", "fix: this box: set psk");
    assertThat(box.findings()).as("those that are malformed are none").hasSize(1);
    assertThat(FleetJson.box(box).toString()).contains("\"cause\":\"psk-mismatch\"");
  }

  /** Tunnels may carry, and this box drop all that they bring. */
  @Test
  void shouldTakeAProblemForOneThoughAllTunnelsCarry() {
    state("box", "ready", 1);
    FleetBox box = found(UP, "problem", "");
    assertThat(box.severity()).isEqualTo(Severity.DEGRADED);
    assertThat(box.why()).isEqualTo("psk-mismatch: the keys differ");
    box = found(UP, "warning", "");
    assertThat(box.severity()).isEqualTo(Severity.WELL);
    assertThat(box.why()).isEqualTo("psk-mismatch: the keys differ");
  }

  private FleetBox found(String tunnels, String severity, String about) {
    return take(
        "box",
        "health",
        "{\"session\":1,\"seq\":1,\"tunnels\":[%s],\"findings\":[{\"severity\":\"%s\",\"cause\":\"psk-mismatch\",\"about\":\"%s\",\"sentence\":\"the keys differ\",\"fixes\":[\"this box: set psk\"]},{\"cause\":[],\"fixes\":3},5]}"
            .formatted(tunnels, severity, about));
  }

  @Test
  void shouldPutTheWorstFirst() {
    for (String device :
        List.of("f-well", "e-unknown", "d-away", "c-suspect", "b-down", "a-lost", "b-degraded")) {
      state(device, "ready", 1);
      health(device, 1, 1, UP, "");
    }
    state("e-unknown", "ready", 2);
    state("d-away", "disconnected", 1);
    health("c-suspect", 1, 2, tunnel("suspect", 0), "");
    health("b-down", 1, 2, tunnel("failed", 0), "");
    health("b-degraded", 1, 2, UP + "," + tunnel("failed", 0), "");
    state("a-lost", "lost", 1);
    assertThat(model.worstFirst())
        .extracting(FleetBox::device)
        .containsExactly(
            "a-lost", "b-down", "b-degraded", "c-suspect", "d-away", "e-unknown", "f-well");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "7", "\u0000", "{\"state\":[]}", "{\"state\":\"born\"}"})
  void shouldLeaveWhatIsMalformedAlone(String payload) {
    state("box", "ready", 1);
    assertThat(take("box", "state", payload)).isNull();
    assertThat(model.boxes())
        .singleElement()
        .extracting(FleetBox::presence)
        .isEqualTo(Presence.READY);
  }

  /** On a narrow terminal the reason is what stays. */
  @Test
  void shouldGiveTheReasonRoom() {
    state("box", "ready", 1);
    String why = "nothing came from the gateway for 3 s, and 4 questions stayed unanswered";
    take(
        "box",
        "health",
        ("{\"session\":1,\"seq\":1,\"tunnels\":[{\"name\":\"in0\",\"state\":\"up\",\"inBits\":1},"
                + "{\"name\":\"in1\",\"state\":\"lost\",\"sentence\":\"%s\"}],\"bgp\":[]}")
            .formatted(why));
    assertThat(FleetTable.lines(model.worstFirst(), NOW, 400).get(1)).endsWith(why);
    List<String> narrow = FleetTable.lines(model.worstFirst(), NOW, 80);
    assertThat(narrow.getFirst())
        .contains("DEVICE", "STATE", "TUNNELS", "WHY")
        .doesNotContain("VERSION", "AGENT UP");
    assertThat(narrow.get(1).substring(0, 80))
        .contains("degraded", "1/2", "in1: nothing came from the gateway");
    assertThat(FleetTable.lines(model.worstFirst(), NOW, 10).getFirst())
        .isEqualTo("DEVICE  STATE     TUNNELS  WHY");
  }

  @Test
  void shouldTellWhatBecameOfAnUpdate() {
    state("box", "ready", 1);
    FleetBox box =
        take(
            "box",
            "ota",
            "{\"session\":1,\"state\":\"rolled-back\",\"job\":{\"id\":\"o1\",\"version\":\"1.2.0\",\"slot\":\"B\"},\"reason\":\"not_as_before\",\"sentence\":\"no"
                + " tunnel came up\"}");
    assertThat(FleetTable.box(box, NOW))
        .contains("update: 1.2.0 rolled-back (slot B): no tunnel came up");
    assertThat(FleetJson.box(box).at("/ota/reason").asString()).isEqualTo("not_as_before");
    take(
        "box",
        "ota",
        "{\"session\":1,\"state\":\"downloading\",\"percent\":40,\"job\":{\"id\":\"o2\"}}");
    assertThat(FleetTable.box(box, NOW)).contains("update: downloading 40 %\n");
    take("box", "ota", "{\"session\":1,\"state\":\"idle\"}");
    assertThat(FleetTable.box(box, NOW)).doesNotContain("update");
  }

  /** Right JSON of wrong types: nothing throws, and nothing is made of it. */
  @Test
  void shouldReadWhatHasAnotherTypeAsAbsent() {
    state("box", "ready", 1);
    FleetBox box =
        take(
            "box",
            "health",
            "{\"session\":1,\"seq\":\"x\",\"tunnels\":[7,{\"state\":{},\"lossIn\":\"much\"}],"
                + "\"bgp\":{\"a\":1}}");
    assertThat(box.severity()).isEqualTo(Severity.DOWN);
    take("box", "about", "{\"tunnels\":\"none\",\"cryptoBackend\":3,\"warnings\":5}");
    take("box", "reported", "{\"problems\":7,\"current\":[]}");
    take("box", "event", "{\"outageMillis\":\"long\"}");
    assertThat(FleetTable.box(box, NOW)).contains("box (lyon), down");
    assertThat(FleetJson.box(box).toString()).contains("\"severity\":\"down\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"twinspan/1/lyon/box", "twinspan/1//box/state", "twinspan/2/a/b/state", "x", ""})
  void shouldRefuseTopicsThatAreNoneOfTheFleets(String topic) {
    assertThat(model.take(topic, "{}".getBytes(StandardCharsets.UTF_8), NOW)).isNull();
    assertThat(model.boxes()).isEmpty();
    assertThat(model.refused()).isEqualTo(1);
  }

  @Test
  void shouldRefuseWhatIsTooLarge() {
    assertThat(take("box", "state", "{\"state\":\"ready\",\"x\":\"" + "y".repeat(1 << 16) + "\"}"))
        .isNull();
    assertThat(model.refused()).isEqualTo(1);
  }

  /** Names and sentences come from a stranger; a terminal obeys escape sequences. */
  @Test
  void shouldPrintNothingThatMovesACursor() {
    String evil = "x\\u001b[2Jy\\u0007\\nz\\u202e";
    take(
        "b\u001b[31mox",
        "state",
        "{\"state\":\"ready\",\"session\":1,\"version\":\"%s\"}".formatted(evil));
    FleetBox box =
        take(
            "b\u001b[31mox",
            "health",
            ("{\"session\":1,\"seq\":1,\"tunnels\":[{\"name\":\"%1$s\",\"state\":\"%1$s\","
                    + "\"sentence\":\"%1$s\"}],\"bgp\":[{\"session\":\"%1$s\"}],"
                    + "\"drops\":{\"%1$s\":1}}")
                .formatted(evil));
    take("b\u001b[31mox", "event", "{\"sentence\":\"%s\"}".formatted(evil));
    String text = FleetTable.list(model.worstFirst(), NOW) + FleetTable.box(box, NOW);
    assertThat(text.replace("\n", ""))
        .contains("x?[2Jy??z?")
        .matches(all -> all.chars().noneMatch(Character::isISOControl), "no control characters")
        .doesNotContain("\u202e");
  }
}
