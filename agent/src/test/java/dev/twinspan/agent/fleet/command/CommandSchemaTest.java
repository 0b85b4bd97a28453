package dev.twinspan.agent.fleet.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.twinspan.agent.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Code and AsyncAPI document say the same of commands. */
class CommandSchemaTest {
  private static final List<String> VALUES =
      List.of("\"hub-weu/in0\"", "\"\"", "7", "true", "null", "60", "61", "0", "1.5", "\"debug\"");
  private static final List<String> KEYS = List.of("tunnel", "ike", "seconds", "level", "url");

  private final JsonNode document;

  CommandSchemaTest() throws IOException {
    document =
        new YAMLMapper().readTree(Files.readString(Path.of("src/main/dist/fleet/asyncapi.yaml")));
  }

  private Schema schema(String name) {
    ObjectNode root = Json.object();
    root.put("$ref", "#/components/schemas/" + name);
    root.set("components", document.get("components"));
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(root.toString());
  }

  /** {@code self-drill} is {@code selfDrill} there. */
  private static String camel(Verb verb) {
    String[] parts = verb.word().split("-");
    return parts.length == 1
        ? parts[0]
        : parts[0] + parts[1].substring(0, 1).toUpperCase(Locale.ROOT) + parts[1].substring(1);
  }

  /** No argument, each by itself, and each two together. */
  private static Stream<String> payloads() {
    List<String> single = new ArrayList<>();
    for (String key : KEYS) {
      VALUES.forEach(value -> single.add("\"%s\":%s".formatted(key, value)));
    }
    List<String> payloads = new ArrayList<>(List.of("{}", "[]", "7"));
    for (String one : single) {
      payloads.add("{" + one + "}");
      for (String two : single) {
        if (!one.substring(0, 5).equals(two.substring(0, 5))) {
          payloads.add("{" + one + "," + two + "}");
        }
      }
    }
    return payloads.stream();
  }

  @ParameterizedTest
  @EnumSource
  void shouldTakeWhatTheDocumentAllowsAndNothingElse(Verb verb) {
    Schema schema = schema(camel(verb));
    payloads()
        .forEach(
            payload -> {
              boolean allowed = schema.validate(payload, InputFormat.JSON).isEmpty();
              assertThat(takes(verb, payload)).as(verb + " " + payload).isEqualTo(allowed);
            });
  }

  private static boolean takes(Verb verb, String payload) {
    byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
    try {
      Judge.order(
          "x",
          new CommandMessage(
              verb.word(), bytes, bytes.length, false, new byte[] {'x'}, 60, "ack/x", 0));
      return true;
    } catch (Refused e) {
      assertThat(e.reason()).isEqualTo("malformed");
      return false;
    }
  }

  @Test
  void shouldNameEveryVerbThereIs() {
    List<String> verbs = new ArrayList<>();
    document.at("/channels/cmd/parameters/verb/enum").forEach(verb -> verbs.add(verb.asString()));
    assertThat(verbs).containsExactlyElementsOf(Stream.of(Verb.values()).map(Verb::word).toList());
    assertThat(document.at("/channels/cmd/messages").propertyNames())
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(Verb.values()).map(CommandSchemaTest::camel).toList());
    List<String> stages = new ArrayList<>();
    document
        .at("/components/schemas/ack/properties/stage/enum")
        .forEach(s -> stages.add(s.asString()));
    assertThat(stages)
        .containsExactlyElementsOf(Stream.of(Ack.Stage.values()).map(Ack.Stage::word).toList());
  }

  @Test
  void shouldAnswerAsTheDocumentSays() {
    Schema schema = schema("ack");
    for (Ack ack :
        List.of(
            Ack.accepted("a", Verb.RESET),
            Ack.running("a", Verb.SELF_DRILL, "hub-weu/in0 under way", 50),
            Ack.running("a", Verb.RESET, "hub-weu/in0 is connecting", -1),
            Ack.done("a", "capture", "12 packets", Json.object().put("packets", 12)),
            Ack.not("a", "reset", Ack.Stage.FAILED, "timeout", "not seen"))) {
      String payload = ack.tree(7, Instant.EPOCH).toString();
      assertThat(schema.validate(payload, InputFormat.JSON)).isEmpty();
    }
    assertThat(schema.validate("{}", InputFormat.JSON)).isNotEmpty();
    assertThat(schema.validate("{\"id\": \"a\"}", InputFormat.JSON)).isNotEmpty();
  }
}
