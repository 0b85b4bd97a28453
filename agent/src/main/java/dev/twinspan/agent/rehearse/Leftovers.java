package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Namespace;
import java.util.ArrayList;
import java.util.List;

/** What an agent should have taken away with it. */
public final class Leftovers {
  private Leftovers() {}

  /** One line per device, route or policy rule that is not the bench's own. */
  public static List<String> in(Namespace appliance) {
    List<String> left = new ArrayList<>();
    appliance
        .ip("-brief", "link")
        .lines()
        .filter(line -> !line.matches("(lo|lan|wan)\\b.*"))
        .forEach(line -> left.add("device " + line.strip()));
    appliance
        .ip("route", "show", "table", "all")
        .lines()
        .filter(line -> line.contains(Addresses.VNET_PREFIX) || line.contains("twinspan"))
        .forEach(line -> left.add("route " + line.strip()));
    appliance
        .ip("rule", "show")
        .lines()
        .filter(line -> !line.matches("(0|32766|32767):.*"))
        .forEach(line -> left.add("rule " + line.strip()));
    return left;
  }
}
