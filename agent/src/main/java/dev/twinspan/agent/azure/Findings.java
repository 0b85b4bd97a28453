package dev.twinspan.agent.azure;

import dev.twinspan.agent.azure.Finding.Severity;
import java.util.ArrayList;
import java.util.List;

/** Gathers findings in the order they are made, each once. Confined to the importing thread. */
final class Findings {
  private static final int MOST = 500;

  private final List<Finding> all = new ArrayList<>();

  void refused(String code, String about, String sentence, String fix) {
    add(new Finding(Severity.REFUSED, code, about, sentence, fix));
  }

  void warning(String code, String about, String sentence, String fix) {
    add(new Finding(Severity.WARNING, code, about, sentence, fix));
  }

  void note(String code, String about, String sentence, String fix) {
    add(new Finding(Severity.NOTE, code, about, sentence, fix));
  }

  boolean refused() {
    return all.stream().anyMatch(finding -> finding.severity() == Severity.REFUSED);
  }

  List<Finding> all() {
    return List.copyOf(all);
  }

  private void add(Finding finding) {
    if (all.size() < MOST && !all.contains(finding)) {
      all.add(finding);
    }
  }
}
