package dev.twinspan.agent.azure;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.twinspan.agent.azure.AzureReader.SourceFile;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Coverage-guided fuzzing of what reads Azure's files, up to the plan and the commands. Nothing may
 * be thrown, and nothing of a file may move a terminal's cursor. The writing of files is left out:
 * it would fill a disk.
 */
class AzureReaderFuzzTest {
  static List<byte[]> seeds() {
    return Fixtures.names().stream().map(Fixtures::read).toList();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "60s")
  void shouldSurviveAnyBytes(byte[] bytes) {
    Findings findings = new Findings();
    List<AzureConnection> connections =
        AzureReader.read(List.of(new SourceFile("fuzz.json", bytes)), List.of(), findings);
    if (connections.isEmpty()) {
      if (!findings.refused()) {
        throw new AssertionError("neither a connection nor a reason");
      }
      return;
    }
    Box box = BoxPlanner.plan(connections, ImportOptions.NONE, Existing.NONE, findings);
    Judge.judge(box, Existing.NONE, findings);
    String text =
        new ImportResult(
                ImportResult.Outcome.DRY_RUN,
                "twinspan.yaml",
                findings.all(),
                Plan.of(box),
                box.connections().stream().map(one -> AzCommands.of(box, one)).toList(),
                List.of(),
                List.of(),
                List.of())
            .text();
    if (text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n')) {
      throw new AssertionError("control characters in the plan");
    }
    YamlText.of(BoxConfig.tree(box, Existing.NONE));
  }
}
