package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ConfigSchemaTest {
  @Test
  void shouldBeAJsonSchema() {
    var metaschema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));

    assertThat(metaschema.validate(ConfigSchema.text(), InputFormat.JSON)).isEmpty();
  }

  @Test
  void shouldRefuseUnknownKeysInEveryMap() {
    everyMap(JsonMapper.shared().readTree(ConfigSchema.text()));
  }

  private static void everyMap(JsonNode schema) {
    if (schema.has("properties") && schema.path("properties").isObject()) {
      assertThat(schema.path("additionalProperties").asBoolean(true))
          .as("additionalProperties of %s", schema)
          .isFalse();
    }
    schema.forEach(ConfigSchemaTest::everyMap);
  }

  @Test
  void shouldExplainEverySettingToEditors() {
    everyProperty(JsonMapper.shared().readTree(ConfigSchema.text()));
  }

  /**
   * An image reads what the one before it has read: a setting may be added, and may not go. Where
   * one must, what reads the file has to migrate it (and its line goes from the list).
   */
  @Test
  void shouldStillKnowEachSettingOfEarlierImages() throws IOException {
    Set<String> known = new TreeSet<>();
    settings(JsonMapper.shared().readTree(ConfigSchema.text()), "", known);
    assertThat(known)
        .containsAll(Files.readAllLines(Path.of("src/test/resources/config/settings-1.txt")));
  }

  private static void settings(JsonNode schema, String path, Set<String> known) {
    schema.forEachEntry(
        (key, below) -> {
          switch (key) {
            case "properties" ->
                below.forEachEntry(
                    (name, rule) -> {
                      known.add(path + "/" + name);
                      settings(rule, path + "/" + name, known);
                    });
            case "$defs" -> below.forEachEntry((name, rule) -> settings(rule, "$" + name, known));
            default -> settings(below, path, known);
          }
        });
    if (schema.isArray()) {
      schema.forEach(below -> settings(below, path, known));
    }
  }

  private static void everyProperty(JsonNode schema) {
    schema
        .path("properties")
        .forEachEntry(
            (name, rule) -> {
              if (!rule.has("$ref")) {
                assertThat(rule.has("description")).as("description of %s", name).isTrue();
              }
            });
    schema.forEach(ConfigSchemaTest::everyProperty);
  }
}
