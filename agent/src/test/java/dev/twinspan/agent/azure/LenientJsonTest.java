package dev.twinspan.agent.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.agent.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class LenientJsonTest {
  private static List<String> read(String text) throws LenientJson.Unreadable {
    return LenientJson.read(text.getBytes(StandardCharsets.UTF_8)).stream()
        .map(Json::compact)
        .toList();
  }

  private static void refuses(String text, String sentence) {
    assertThatThrownBy(() -> read(text)).hasMessageContaining(sentence);
  }

  @Test
  void shouldReadValuesOneAfterTheOther() throws Exception {
    assertThat(read("{\"a\":1}{\"b\":2},\n{\"c\":[3,],} ; // end\n"))
        .containsExactly("{\"a\":1}", "{\"b\":2}", "{\"c\":[3]}");
  }

  @Test
  void shouldTakeTheLastOfTwoEqualKeys() throws Exception {
    assertThat(read("{\"a\":1,\"a\":2}")).containsExactly("{\"a\":2}");
  }

  @Test
  void shouldTellThePlaceAndNotTheText() {
    refuses("{\"a\":1}\n{\"PSK\": Sup3r}", "line 2, column");
    assertThatThrownBy(() -> read("{\"a\":1}\n{\"PSK\": Sup3r}"))
        .hasMessageNotContaining("Sup3r")
        .hasNoCause();
    refuses("{\"a\":", "cut short");
    refuses("oops", "expected { or [");
    refuses("\"text\"", "expected { or [");
  }

  @Test
  void shouldBoundDepthValuesAndSize() {
    refuses("[".repeat(100_000), "at most 64 levels");
    refuses("[" + "0,".repeat(300_000) + "]", "more than 200000 values");
    refuses("[" + " ".repeat(LenientJson.MAX_BYTES) + "]", "larger than 4 MiB");
    refuses("{\"a\":" + "9".repeat(1000) + "}", "deeper, longer or larger");
  }

  /** Variables that double each other 60 times would fill any memory. */
  @Test
  void shouldBoundWhatTemplatesExpandTo() throws Exception {
    StringBuilder variables = new StringBuilder("\"v0\": \"0123456789abcdef\"");
    for (int i = 1; i < 60; i++) {
      variables.append(
          ", \"v%d\": \"[concat(variables('v%d'), variables('v%d'))]\"".formatted(i, i - 1, i - 1));
    }
    String template =
        """
        {"contentVersion": "1", "variables": {%s, "loop": "[variables('loop')]", "none": [{}]}, "resources": [
          {"type": "x", "name": "[variables('v3')]", "other": "[variables('v59')]",
           "loop": "[variables('loop')]", "list": "[concat(variables('none'))]", "unknown": "[reference('x').ip]"}]}
        """
            .formatted(variables);
    Fields resource =
        new Fields(
            new ArmTemplate(
                    LenientJson.read(template.getBytes(StandardCharsets.UTF_8)).getFirst(),
                    java.util.Map.of())
                .resources()
                .getFirst());

    assertThat(resource.text("name")).hasSize(128);
    assertThat(resource.has("other")).isFalse();
    assertThat(resource.has("loop")).isFalse();
    assertThat(resource.has("unknown")).isFalse();
  }
}
