package dev.twinspan.agent.azure;

import dev.twinspan.agent.azure.ImportResult.Written;
import dev.twinspan.agent.azure.Plan.Row;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** An import in words. What comes out of a file cannot move the terminal's cursor. */
final class ImportText {
  private static final int WIDEST = 62;

  private final StringBuilder out = new StringBuilder();

  private ImportText() {}

  static String of(ImportResult result) {
    ImportText text = new ImportText();
    for (int i = 0; i < result.plans().size(); i++) {
      text.plan(result.plans().get(i));
    }
    text.findings(result.findings());
    if (!result.problems().isEmpty()) {
      text.line("What `twinspan check` says of the configuration:");
      result.problems().forEach(problem -> text.line("  " + problem));
      text.line("");
    }
    for (int i = 0; i < result.commands().size(); i++) {
      text.commands(result.plans().get(i).connection(), result.commands().get(i));
    }
    text.changes(result.changes());
    text.ending(result);
    return text.out.toString();
  }

  private void plan(Plan plan) {
    line("%s: %s".formatted(plan.connection(), plan.origin()));
    int topic = width(plan.rows().stream().map(Row::topic).toList(), "");
    int azure = width(plan.rows().stream().map(Row::azure).toList(), "what Azure expects");
    String form = "  %-" + topic + "s  %-" + azure + "s  %s";
    line(form.formatted("", "what Azure expects", "what this box will do"));
    for (Row row : plan.rows()) {
      line(form.formatted(row.topic(), row.azure(), row.box()));
    }
    line("");
  }

  private static int width(List<String> cells, String heading) {
    return Math.max(
        Math.max(1, heading.length()),
        cells.stream().mapToInt(cell -> Math.min(WIDEST, cell.length())).max().orElse(1));
  }

  private void findings(List<Finding> findings) {
    for (Finding finding : findings) {
      String about = finding.about().isEmpty() ? "" : finding.about() + ": ";
      line(
          "%s %s: %s%s"
              .formatted(finding.severity().word(), finding.code(), about, finding.sentence()));
      if (!finding.fix().isEmpty()) {
        line("    → " + finding.fix());
      }
    }
    if (!findings.isEmpty()) {
      line("");
    }
  }

  private void commands(String connection, List<AzCommand> commands) {
    if (commands.isEmpty()) {
      return;
    }
    line(
        "# "
            + connection
            + ": Azure's side with the Azure CLI; what is marked + differs there now");
    for (AzCommand command : commands) {
      line((command.needed() ? "# + " : "# ") + command.why());
      line(command.line());
    }
    line("");
  }

  private void changes(List<Change> changes) {
    if (!changes.isEmpty()) {
      line("What changes:");
      changes.forEach(change -> line("  " + change.sentence()));
      line("");
    }
  }

  private void ending(ImportResult result) {
    String files =
        result.files().stream()
            .filter(file -> !file.state().equals("same"))
            .map(file -> file.file() + " (" + words(file) + ")")
            .collect(Collectors.joining(", "));
    line(
        switch (result.outcome()) {
          case WRITTEN -> "written: " + files + ". Next: twinspan check " + result.config();
          case UNCHANGED -> "nothing to do: %s is as Azure has it".formatted(result.config());
          case DRY_RUN -> "nothing written (--dry-run); it would be: " + files;
          case NEEDS_FORCE ->
              "nothing written: --force takes these over, and keeps what is there as .bak: "
                  + files;
          case REFUSED -> "nothing written: see what is refused above";
        });
  }

  private static String words(Written file) {
    return Map.of("new", "new", "different", "changed").getOrDefault(file.state(), file.state());
  }

  private void line(String text) {
    out.append(indent(text));
    text.strip()
        .codePoints()
        .forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? '?' : c));
    out.append('\n');
  }

  private static String indent(String text) {
    return text.substring(0, text.length() - text.stripLeading().length()).replaceAll("[^ ]", "");
  }
}
