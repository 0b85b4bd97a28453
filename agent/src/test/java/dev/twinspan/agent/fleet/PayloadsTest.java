package dev.twinspan.agent.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.twinspan.agent.fleet.events.Outbox;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.metrics.FullStatus;
import dev.twinspan.agent.status.Added;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.StatusFixture;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.status.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Code and AsyncAPI document say the same. */
class PayloadsTest {
  private static final Path DOCUMENT = Path.of("src/main/dist/fleet/asyncapi.yaml");

  /** Commands and what is answered; see command.CommandSchemaTest. */
  private static final List<String> ANSWERED = List.of("cmd", "ack");

  private final JsonNode document;

  PayloadsTest() throws IOException {
    document = new YAMLMapper().readTree(Files.readString(DOCUMENT));
  }

  private void fits(String schema, ObjectNode payload) {
    ObjectNode root = Json.object();
    root.put("$ref", "#/components/schemas/" + schema);
    root.set("components", document.get("components"));
    Schema validator =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(root.toString());
    assertThat(validator.validate(payload.toString(), InputFormat.JSON)).isEmpty();
    // Each key is required by the document or absent in some payload: an empty one never fits.
    assertThat(validator.validate("{}", InputFormat.JSON)).isNotEmpty();
    ObjectNode more = payload.deepCopy();
    more.put("phase-of-the-moon", "waxing");
    assertThat(validator.validate(more.toString(), InputFormat.JSON)).isNotEmpty();
  }

  @Test
  void shouldFitTheDocument() throws Exception {
    Machine machine = new Machine(1.5, 1e8, 48.25);
    for (AgentStatus status :
        List.of(StatusFixture.both(10), StatusFixture.oneFailed(20), FullStatus.at(30))) {
      for (Payloads.State state : Payloads.State.values()) {
        fits("state", Payloads.state(state, 3, status));
      }
      fits("about", Payloads.about(3, status));
      fits("health", Payloads.health(3, 1, status, machine));
    }
    for (Event event : StatusFixture.both(10).events()) {
      for (long dropped : new long[] {0, 12}) {
        byte[] told =
            Payloads.event(
                new Outbox.Sending(
                    9, Payloads.bytes(Payloads.event(event)), dropped == 0, dropped));
        fits("event", (ObjectNode) Json.parse(new String(told, StandardCharsets.UTF_8)));
      }
    }
    fits(
        "health",
        Payloads.health(
            3, 1, StatusFixture.both(1), new Machine(Double.NaN, Double.NaN, Double.NaN)));
  }

  @Test
  void shouldTellWhatTheDoctorFinds() {
    ObjectNode health =
        Payloads.health(3, 1, FullStatus.at(30), new Machine(Double.NaN, Double.NaN, Double.NaN));
    assertThat(health.at("/findings/0/cause").asString()).isEqualTo("psk-mismatch");
    assertThat(health.at("/findings/0/about").asString()).isEqualTo("hub-weu/in1");
    assertThat(health.at("/findings/0/fixes")).hasSize(1);
  }

  /** A box with many tunnels, each with something to be said at length. */
  @Test
  void shouldTellNoMoreThanSoMuch() {
    List<Verdict> many = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      many.add(
          new Verdict("problem", "tunnel-down", "title", "t" + i, "x".repeat(9_000), List.of()));
    }
    AgentStatus status = StatusFixture.both(10).with(new Added(null, many));
    ObjectNode health =
        Payloads.health(3, 1, status, new Machine(Double.NaN, Double.NaN, Double.NaN));
    fits("health", health);
    assertThat(Payloads.bytes(health).length).isLessThan(40 << 10);
  }

  @Test
  void shouldNameEveryStateThereIs() {
    assertThat(names("/components/schemas/state/properties/state/enum"))
        .containsExactlyElementsOf(words(Payloads.State.values()));
    assertThat(names("/components/schemas/health/properties/tunnels/items/properties/state/enum"))
        .containsExactlyElementsOf(words(TunnelStatus.State.values()));
    assertThat(names("/components/schemas/health/properties/bgp/items/properties/state/enum"))
        .containsExactlyElementsOf(words(BgpSession.State.values()));
  }

  @Test
  void shouldPublishAsTheDocumentSays() {
    for (FleetTopic topic : FleetTopic.values()) {
      String name = topic.name().toLowerCase(Locale.ROOT);
      assertThat(document.at("/channels/" + name + "/address").asString())
          .isEqualTo("twinspan/1/{site}/{device}/" + name);
      String operation = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
      JsonNode mqtt = document.at("/operations/send" + operation + "/bindings/mqtt");
      assertThat(mqtt.get("qos").asInt()).isEqualTo(topic.qos());
      assertThat(mqtt.get("retain").asBoolean()).isEqualTo(topic.retained());
    }
    assertThat(document.get("channels")).hasSize(FleetTopic.values().length + ANSWERED.size() + 2);
    assertThat(document.at("/channels/desired/address").asString())
        .isEqualTo("twinspan/1/{site}/{device}/desired");
    ANSWERED.forEach(
        name ->
            assertThat(document.at("/channels/" + name + "/address").asString())
                .startsWith("twinspan/1/{site}/{device}/" + name + "/{"));
  }

  @Test
  void shouldNameAnEventAsLogAndStatusDo() throws Exception {
    Event event = StatusFixture.both(10).events().getLast();
    JsonNode told =
        Json.parse(
            new String(
                Payloads.event(
                    new Outbox.Sending(9, Payloads.bytes(Payloads.event(event)), true, 12)),
                StandardCharsets.UTF_8));
    assertThat(told.get("id").asString()).isEqualTo(event.id()).isEqualTo("7-3");
    assertThat(told.get("outageMillis").asDouble()).isEqualTo(412);
    assertThat(told.get("historical").asBoolean()).isTrue();
    assertThat(told.get("dropped").asLong()).isEqualTo(12);
  }

  /** A peer's words may be in a sentence, and a broker takes no more than so much. */
  @Test
  void shouldShortenWhatIsTooLongForABroker() {
    Event event = new Event(1, 1, Instant.EPOCH, null, "code", "ä".repeat(100_000), null);
    assertThat(Payloads.bytes(Payloads.event(event)).length).isLessThan(16 << 10);
  }

  /** Azure Event Grid keeps no more. */
  @Test
  void shouldStayBelow64KilobytesRetained() {
    assertThat(
            Payloads.about(3, FullStatus.at(30)).toString().getBytes(StandardCharsets.UTF_8).length)
        .isLessThan(4 << 10);
  }

  private List<String> names(String pointer) {
    List<String> names = new ArrayList<>();
    document.at(pointer).forEach(name -> names.add(name.asString()));
    return names;
  }

  private static List<String> words(Enum<?>[] values) {
    return List.of(values).stream().map(value -> value.name().toLowerCase(Locale.ROOT)).toList();
  }
}
