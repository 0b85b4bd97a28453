package dev.twinspan.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.fleet.command.Verb;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The terminal asks for what the AsyncAPI document describes, and boxes know. */
class FleetVerbTest {
  @Test
  void shouldKnowTheVerbsOfABox() {
    assertThat(Arrays.stream(FleetVerb.values()).map(FleetVerb::word))
        .containsExactlyElementsOf(Arrays.stream(Verb.values()).map(Verb::word).toList());
  }

  @Test
  void shouldTakeTheArgumentsOfTheDocument() throws Exception {
    JsonNode document =
        new YAMLMapper().readTree(Files.readString(Path.of("src/main/dist/fleet/asyncapi.yaml")));
    for (FleetVerb verb : FleetVerb.values()) {
      String camel =
          Pattern.compile("-(.)")
              .matcher(verb.word())
              .replaceAll(letter -> letter.group(1).toUpperCase(Locale.ROOT));
      JsonNode schema = document.at("/components/schemas/" + camel);
      assertThat(schema.isObject()).as(camel).isTrue();
      assertThat(verb.arguments())
          .as(camel)
          .containsExactlyInAnyOrderElementsOf(schema.path("properties").propertyNames());
      List<String> required =
          schema.path("required").valueStream().map(JsonNode::asString).toList();
      assertThat(verb.needed()).as(camel).isEqualTo(required);
    }
  }
}
