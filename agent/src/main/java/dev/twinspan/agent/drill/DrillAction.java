package dev.twinspan.agent.drill;

/** What the core wants done. Carried out in order by the adapter in {@code control}. */
public sealed interface DrillAction {
  String tunnel();

  record Started(String tunnel) implements DrillAction {}

  record Drain(String tunnel) implements DrillAction {}

  record Undrain(String tunnel) implements DrillAction {}

  record Ended(DrillReport report) implements DrillAction {
    @Override
    public String tunnel() {
      return report.tunnel();
    }
  }
}
