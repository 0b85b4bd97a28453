package dev.twinspan.agent.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** All rules together. Pure; any thread. */
public final class Doctor {
  /** Looks at one kind of evidence and tells what it finds. */
  interface Rule {
    void examine(Evidence evidence, Consumer<Finding> out);
  }

  private static final List<Rule> RULES =
      List.of(
          new TunnelRule(),
          new PathRule(),
          new AwayRule(),
          new BgpRule(),
          new HostRule(),
          new FleetRule(),
          new HistoryRule());

  private Doctor() {}

  /** The gravest and most fundamental first. */
  public static List<Finding> examine(Evidence evidence) {
    List<Finding> findings = new ArrayList<>();
    RULES.forEach(rule -> rule.examine(evidence, findings::add));
    findings.sort(Finding.ORDER);
    return List.copyOf(findings);
  }
}
