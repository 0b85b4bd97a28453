package dev.twinspan.agent.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.agent.json.Json;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class StatusJsonTest {
  @Test
  void shouldComeBackAsItWent() throws Exception {
    for (AgentStatus status :
        List.of(
            StatusFixture.both(10), StatusFixture.oneFailed(20), StatusFixture.lackingAPair(5))) {
      String text = Json.compact(StatusWriter.tree(status));

      assertThat(StatusReader.status(Json.parse(text))).isEqualTo(status);
      assertThat(StatusReader.status(Json.parse(Json.pretty(StatusWriter.tree(status)))))
          .isEqualTo(status);
    }
  }

  @Test
  void shouldTellOfTheFleetsLink() throws Exception {
    FleetStatus away =
        new FleetStatus(
            "mqtts://broker.example:8883",
            FleetStatus.State.WAITING,
            StatusFixture.at(4),
            StatusFixture.at(15),
            "Connection refused",
            12,
            3,
            null,
            5,
            6);
    AgentStatus status = StatusFixture.both(10).with(new Added(away));
    assertThat(StatusReader.status(Json.parse(Json.compact(StatusWriter.tree(status)))))
        .isEqualTo(status);
    assertThat(StatusTable.render(status))
        .contains(
            "fleet: no link to mqtts://broker.example:8883 for 6s, dialled again in 6 s, 12 events"
                + " wait, 3 events dropped for lack of room, 5 messages of the broker dropped: too"
                + " many at once, 6 under topics nobody asked for\n"
                + "  why not: Connection refused\n");
    FleetStatus refused =
        new FleetStatus(
            "mqtts://b:1",
            FleetStatus.State.CONNECTED,
            StatusFixture.at(4),
            null,
            null,
            1,
            0,
            "not authorized",
            0,
            0);
    AgentStatus connected = StatusFixture.both(10).with(new Added(refused));
    assertThat(StatusReader.status(StatusWriter.tree(connected))).isEqualTo(connected);
    assertThat(StatusTable.render(connected))
        .contains("fleet: connected to mqtts://b:1 for 6s, 1 events wait\n")
        .contains("  the broker takes no events: not authorized\n");
  }

  @Test
  void shouldTellWhatTheDoctorSays() throws Exception {
    Verdict box = new Verdict("warning", "slow-crypto", "slow", "", "jce", List.of());
    Verdict first =
        new Verdict(
            "problem",
            "bgp-asn",
            "the ASNs do not fit",
            "hub-weu/in1",
            "the peer is AS 65000, expected \u001b65515",
            List.of("this box: bgp.asn", "Azure: local-gateway"));
    Verdict second = new Verdict("warning", "lossy-path", "lost", "hub-weu/in1", "7 %", List.of());
    Verdict note = new Verdict("note", "behind-nat", "a NAT", "hub-weu/in0", "it is", List.of());
    AgentStatus status =
        StatusFixture.both(10).with(new Added(null, List.of(first, box, second, note)));
    assertThat(StatusReader.status(Json.parse(Json.compact(StatusWriter.tree(status)))))
        .isEqualTo(status);
    assertThat(StatusTable.render(status))
        .contains(
            """

            hub-weu/in1 problem: the ASNs do not fit (bgp-asn)
              seen: the peer is AS 65000, expected ?65515
              fix: this box: bgp.asn
              fix: Azure: local-gateway

            warning: slow (slow-crypto)
              seen: jce
            """)
        .doesNotContain("lossy-path", "behind-nat");
  }

  @Test
  void shouldReadTheStatusOfAnOlderAgentWithoutVerdicts() throws Exception {
    ObjectNode tree = StatusWriter.tree(StatusFixture.both(10));
    tree.remove("verdicts");
    assertThat(StatusReader.status(tree)).isEqualTo(StatusFixture.both(10));
  }

  @Test
  void shouldKnowAnEventByItsSessionAndNumber() throws Exception {
    ObjectNode tree = StatusWriter.tree(StatusFixture.both(10));
    assertThat(tree.at("/events/2/id").asString()).isEqualTo("7-3");
    assertThat(tree.get("session").asLong()).isEqualTo(7);
    ((ObjectNode) tree.at("/events/0")).remove("id");
    assertThat(StatusReader.status(tree).events().getFirst().id()).isEqualTo("0-0");
  }

  @Test
  void shouldKeepTheOrderOfDetails() throws Exception {
    String text = Json.compact(StatusWriter.tree(StatusFixture.oneFailed(20)));

    assertThat(StatusReader.status(Json.parse(text)).tunnels().get(1).reason().details().keySet())
        .containsExactly("offered here", "answered there");
  }

  @Test
  void shouldWriteSpisAsCapturesShowThem() {
    JsonNode tunnel = StatusWriter.tree(StatusFixture.both(10)).at("/connections/0/tunnels/0");

    assertThat(tunnel.at("/childSas/0/inboundSpi").asString()).isEqualTo("c0ffee01");
    assertThat(tunnel.at("/childSas/0/outboundSpi").asString()).isEqualTo("0badcafe");
    assertThat(tunnel.at("/ike/responderSpi").asString()).isEqualTo("fffffffffffffffe");
    assertThat(tunnel.at("/rttMillis").asDouble()).isEqualTo(12.345678);
    assertThat(tunnel.at("/state").asString()).isEqualTo("up");
  }

  @Test
  void shouldNameAMissingPairAndItsReason() {
    AgentStatus status = StatusFixture.lackingAPair(10);
    JsonNode pair = StatusWriter.tree(status).at("/connections/0/tunnels/0/missingPairs/0");
    assertThat(pair.path("local").asString()).isEqualTo("192.168.51.0/24");
    assertThat(pair.path("remote").asString()).isEqualTo("10.10.0.0/16");
    assertThat(pair.at("/reason/code").asString()).isEqualTo("pair-refused");

    String words = "192.168.51.0/24 to 10.10.0.0/16: the gateway refuses it (TS_UNACCEPTABLE)";
    assertThat(StatusTable.render(status)).contains("hub-weu/in0 lacks " + words);
    StatusHistory history = new StatusHistory(8);
    history.add(status);
    assertThat(
            TerminalPage.render(history, 120, 40, new TerminalPage.Options(true, ZoneOffset.UTC))
                .stream()
                .map(PageLine::plain))
        .anyMatch(line -> line.contains("1 pair missing " + words));
  }

  @Test
  void shouldTellWhichLoopCarriesWhichTunnel() {
    AgentStatus status = StatusFixture.both(10);
    JsonNode loop = StatusWriter.tree(status).at("/loops/1");
    assertThat(loop.path("number").asInt()).isEqualTo(1);
    assertThat(loop.at("/sends/0").asString()).isEqualTo("hub-weu/in1");
    assertThat(loop.at("/receives/0").asString()).isEqualTo("hub-weu/in0");
    assertThat(StatusTable.render(status))
        .contains(
            "packets on 2 cores\n  loop 0 sends by hub-weu/in0, receives by hub-weu/in1\n",
            "  loop 1 sends by hub-weu/in1, receives by hub-weu/in0\n");
  }

  @Test
  void shouldLeaveOutWhatIsNotKnown() {
    JsonNode tunnel = StatusWriter.tree(StatusFixture.oneFailed(20)).at("/connections/0/tunnels/1");

    assertThat(tunnel.has("ike")).isFalse();
    assertThat(tunnel.has("rttMillis")).isFalse();
  }

  @Test
  void shouldPassOverWhatANewerAgentTells() throws Exception {
    ObjectNode tree = StatusWriter.tree(StatusFixture.both(10));
    tree.put("phase-of-the-moon", "waxing");

    assertThat(StatusReader.status(tree)).isEqualTo(StatusFixture.both(10));
  }

  @Test
  void shouldSayWhatIsMissing() {
    ObjectNode tree = StatusWriter.tree(StatusFixture.both(10));
    tree.remove("device");

    assertThatThrownBy(() -> StatusReader.status(tree))
        .isInstanceOf(Json.Malformed.class)
        .hasMessage("not a status: \"device\" is missing");
  }

  @Test
  void shouldRefuseEveryTruncationAndSurviveMutations() {
    String text = Json.compact(StatusWriter.tree(StatusFixture.oneFailed(20)));
    for (int end = 0; end < text.length(); end++) {
      String cut = text.substring(0, end);
      assertThatThrownBy(() -> StatusReader.status(Json.parse(cut)))
          .isInstanceOf(Json.Malformed.class);
    }
    Random random = new Random(7);
    for (int round = 0; round < 3000; round++) {
      StringBuilder mutated = new StringBuilder(text);
      mutated.setCharAt(
          random.nextInt(text.length()), "{}[]\",:0-9eE.tn\\ ".charAt(random.nextInt(17)));
      try {
        StatusReader.status(Json.parse(mutated.toString()));
      } catch (Json.Malformed refused) {
        assertThat(refused.getMessage()).isNotBlank();
      }
    }
  }

  @Test
  void shouldRefuseDeepNesting() {
    assertThatThrownBy(() -> Json.parse("[".repeat(100_000))).isInstanceOf(Json.Malformed.class);
  }
}
