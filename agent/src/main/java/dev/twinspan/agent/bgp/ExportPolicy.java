package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.Nlri;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is announced: the LAN's prefixes, but for what does harm in Azure, which takes its own word.
 *
 * @param announced in order, no more than {@link #CAP}
 * @param notices what was left out or is close to it, and the setting to change
 */
public record ExportPolicy(List<Nlri> announced, List<BgpReason> notices) {
  /** Azure drops a session that announces more. */
  public static final int CAP = 4_000;

  /** From here on there is an alarm: 80 %. */
  public static final int ALARM = 3_200;

  public ExportPolicy {
    announced = List.copyOf(announced);
    notices = List.copyOf(notices);
  }

  /**
   * @param vnet prefixes of the VNet: Azure filters equal ones; a larger one is allowed
   * @param allowDefault a default route draws all of the VNet's traffic here (forced tunnelling)
   * @param allowVnet announce prefixes equal to the VNet's
   */
  public static ExportPolicy of(
      Collection<Nlri> lan, Set<Nlri> vnet, boolean allowDefault, boolean allowVnet) {
    List<Nlri> announced = new ArrayList<>();
    List<BgpReason> notices = new ArrayList<>();
    for (Nlri prefix : new TreeSet<>(lan)) {
      if (prefix.isDefault() && !allowDefault) {
        notices.add(
            new BgpReason(
                "default-not-announced",
                "%s in lan.prefixes would draw all traffic of the VNet here (forced tunnelling):"
                        .formatted(prefix)
                    + " set bgp.announce-default if that is meant"));
      } else if (vnet.contains(prefix) && !allowVnet) {
        notices.add(
            new BgpReason(
                "vnet-prefix-not-announced",
                "%s is the VNet's own prefix, which Azure filters: announce a larger or a smaller"
                        .formatted(prefix)
                    + " one, or set bgp.announce-vnet-prefixes"));
      } else {
        announced.add(prefix);
      }
    }
    if (announced.size() > CAP) {
      notices.add(
          new BgpReason(
              "export-cap",
              "%d prefixes are to be announced, Azure drops the session above %d: the last %d are"
                      .formatted(announced.size(), CAP, announced.size() - CAP)
                  + " left out; aggregate lan.prefixes"));
      announced = announced.subList(0, CAP);
    } else if (announced.size() >= ALARM) {
      notices.add(
          new BgpReason(
              "export-near-cap",
              "%d prefixes are announced, Azure drops the session above %d: aggregate lan.prefixes"
                  .formatted(announced.size(), CAP)));
    }
    return new ExportPolicy(announced, notices);
  }
}
