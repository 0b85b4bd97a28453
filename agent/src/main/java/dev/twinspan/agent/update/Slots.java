package dev.twinspan.agent.update;

import dev.twinspan.agent.json.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The two root file systems, as {@code rauc status} tells of them.
 *
 * @param compatible what this box is
 * @param booted boot name of the one that runs
 * @param other boot name of the one that does not
 * @param primary slot that is tried first at the next start; empty: not known
 * @param tree all of rauc's answer
 */
public record Slots(
    String compatible, String booted, String other, String primary, ObjectNode tree) {
  static Slots parse(String text) throws UpdateRefusal {
    try {
      if (Json.parse(text) instanceof ObjectNode tree) {
        String booted = tree.path("booted").asString("");
        String other = "";
        for (JsonNode entry : tree.path("slots")) {
          for (JsonNode slot : entry) {
            String name = slot.path("bootname").asString("");
            if (!name.isEmpty() && !name.equals(booted)) {
              other = name;
            }
          }
        }
        if (!booted.isEmpty() && !other.isEmpty()) {
          return new Slots(
              tree.path("compatible").asString(""),
              booted,
              other,
              primary(tree, tree.path("boot_primary").asString("")),
              tree);
        }
      }
    } catch (Json.Malformed _) {
      // As one without slots.
    }
    throw new UpdateRefusal(
        "no_slots",
        "rauc status names no slot that runs and another one: expected two with a bootname in"
            + " /etc/rauc/system.conf, and rauc.slot= on the kernel's command line");
  }

  private static String primary(ObjectNode tree, String slot) {
    for (JsonNode entry : tree.path("slots")) {
      JsonNode found = entry.path(slot);
      if (found.isObject()) {
        return found.path("bootname").asString("");
      }
    }
    return "";
  }
}
