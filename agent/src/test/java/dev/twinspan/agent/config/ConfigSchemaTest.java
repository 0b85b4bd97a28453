package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
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
