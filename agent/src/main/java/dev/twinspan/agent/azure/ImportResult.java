package dev.twinspan.agent.azure;

import dev.twinspan.agent.config.Problem;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What an import came to. Holds no secret. */
public final class ImportResult {
  /** How it ended. */
  public enum Outcome {
    WRITTEN,
    /** All is there already as Azure has it. */
    UNCHANGED,
    DRY_RUN,
    /** Something that is there would change. */
    NEEDS_FORCE,
    /** The files, or what would come of them, are not right. */
    REFUSED
  }

  /**
   * @param state {@code new}, {@code same} or {@code different}
   */
  record Written(String file, String state) {}

  private final Outcome outcome;
  private final String config;
  private final List<Finding> findings;
  private final List<Plan> plans;
  private final List<List<AzCommand>> commands;
  private final List<Problem> problems;
  private final List<Change> changes;
  private final List<Written> files;

  ImportResult(
      Outcome outcome,
      String config,
      List<Finding> findings,
      List<Plan> plans,
      List<List<AzCommand>> commands,
      List<Problem> problems,
      List<Change> changes,
      List<Written> files) {
    this.outcome = outcome;
    this.config = config;
    this.findings = findings;
    this.plans = plans;
    this.commands = commands;
    this.problems = problems;
    this.changes = changes;
    this.files = files;
  }

  public Outcome outcome() {
    return outcome;
  }

  /** For people. */
  public String text() {
    return ImportText.of(this);
  }

  /** For machines. */
  public JsonNode json() {
    return ImportJson.tree(this);
  }

  String config() {
    return config;
  }

  List<Finding> findings() {
    return findings;
  }

  /** One per connection. */
  List<Plan> plans() {
    return plans;
  }

  /** One list per connection, in the order of {@link #plans}. */
  List<List<AzCommand>> commands() {
    return commands;
  }

  List<Problem> problems() {
    return problems;
  }

  List<Change> changes() {
    return changes;
  }

  List<Written> files() {
    return files;
  }
}
