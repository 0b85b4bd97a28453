package dev.twinspan.agent.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.twinspan.agent.crypto.Sha256;
import dev.twinspan.agent.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** A box that does not exist speaks as one that does. */
class SimulatedBoxTest {
  private static final Instant NOW = Instant.parse("2026-11-22T04:20:00Z");
  private static final String BASE = "twinspan/1/lyon/sim-1/";

  private final SimulatedBox box = new SimulatedBox("lyon", "sim-1", 7, NOW, true);
  private final JsonNode document;

  SimulatedBoxTest() throws IOException {
    document =
        new YAMLMapper().readTree(Files.readString(Path.of("src/main/dist/fleet/asyncapi.yaml")));
  }

  private void fits(SimulatedBox.Message message) {
    assertThat(message.topic()).startsWith(BASE);
    String schema = message.topic().substring(BASE.length()).split("/", 2)[0];
    assertThat(document.at("/components/schemas/" + schema).isObject()).as(schema).isTrue();
    ObjectNode root = Json.object();
    root.put("$ref", "#/components/schemas/" + schema);
    root.set("components", document.get("components"));
    assertThat(
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(root.toString())
                .validate(new String(message.payload(), StandardCharsets.UTF_8), InputFormat.JSON))
        .as(message.topic())
        .isEmpty();
  }

  private List<SimulatedBox.Message> order(String verb, String id, String payload) {
    return box.heard(BASE + "cmd/" + verb, payload.getBytes(StandardCharsets.UTF_8), id, NOW);
  }

  private static String stage(SimulatedBox.Message message) {
    try {
      return Json.parse(new String(message.payload(), StandardCharsets.UTF_8))
          .path("stage")
          .asString("");
    } catch (Json.Malformed e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldFitTheDocument() {
    fits(box.will());
    box.birth(NOW).forEach(this::fits);
    fits(box.health(NOW));
    fits(box.event(NOW));
    fits(box.farewell(NOW));
    order("drain", "a", "{\"tunnel\": \"hub-weu/in0\"}").forEach(this::fits);
    order("dance", "b", "{}").forEach(this::fits);
  }

  @Test
  void shouldObeyOnce() {
    List<SimulatedBox.Message> first = order("drain", "a", "{\"tunnel\": \"hub-weu/in0\"}");
    assertThat(first.stream().map(SimulatedBoxTest::stage).filter(stage -> !stage.isEmpty()))
        .containsExactly("accepted", "running", "done");
    assertThat(order("drain", "a", "{\"tunnel\": \"hub-weu/in0\"}"))
        .singleElement()
        .isSameAs(first.getLast());
    assertThat(order("drain", "", "{}")).as("no id").isEmpty();
    assertThat(box.heard("twinspan/1/lyon/sim-2/cmd/drain", new byte[0], "c", NOW))
        .as("another's")
        .isEmpty();
  }

  @Test
  void shouldTakeAConfigurationByItsHash() {
    String good =
        Json.compact(
            Json.object()
                .put("version", "v1")
                .put("hash", Sha256.JDK.hex("a: 1"))
                .put("config", "a: 1"));
    String spoilt = good.replace("a: 1", "a: 2");
    List<String> answers =
        List.of(good, spoilt).stream()
            .flatMap(
                text ->
                    box
                        .heard(BASE + "desired", text.getBytes(StandardCharsets.UTF_8), "", NOW)
                        .stream())
            .map(message -> new String(message.payload(), StandardCharsets.UTF_8))
            .toList();
    assertThat(answers).hasSize(3);
    assertThat(answers.get(0)).contains("\"result\":\"trial\"");
    assertThat(answers.get(1)).contains("\"result\":\"applied\"");
    assertThat(answers.get(2)).contains("\"result\":\"refused\"", "\"reason\":\"hash\"");
  }
}
