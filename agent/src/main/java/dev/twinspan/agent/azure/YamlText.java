package dev.twinspan.agent.azure;

import dev.twinspan.agent.config.YamlTree;
import dev.twinspan.agent.json.Json;
import java.io.StringWriter;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/** A configuration as YAML, with as few quotes as read back to the same values. */
final class YamlText {
  private YamlText() {}

  static String of(JsonNode tree) {
    String plain = write(tree, true);
    return readsAs(plain, tree) ? plain : write(tree, false);
  }

  private static boolean readsAs(String text, JsonNode tree) {
    try {
      return Json.compact(YamlTree.parse(text).root()).equals(Json.compact(tree));
    } catch (YamlTree.Unreadable e) {
      return false;
    }
  }

  private static String write(JsonNode tree, boolean fewQuotes) {
    YAMLFactory factory =
        YAMLFactory.builder()
            .configure(YAMLWriteFeature.MINIMIZE_QUOTES, fewQuotes)
            .enable(YAMLWriteFeature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .enable(YAMLWriteFeature.INDENT_ARRAYS_WITH_INDICATOR)
            .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
            .disable(YAMLWriteFeature.SPLIT_LINES)
            .build();
    StringWriter text = new StringWriter();
    try (JsonGenerator out = factory.createGenerator(ObjectWriteContext.empty(), text)) {
      Json.write(tree, out);
    }
    return text.toString();
  }
}
