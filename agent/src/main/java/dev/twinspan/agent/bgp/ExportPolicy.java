package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.Nlri;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is announced: the LAN's prefixes, but for what does harm in Azure, which takes its own word.
 *
 * @param announced in order, no more than {@link #CAP}
 * @param passedOn where those come from that do not begin here
 * @param notices what was left out or is close to it, and the setting to change
 */
public record ExportPolicy(
    List<Nlri> announced, Map<Nlri, Provenance> passedOn, List<BgpReason> notices) {
  /** Azure drops a session that announces more. */
  public static final int CAP = 4_000;

  /** From here on there is an alarm: 80 %. */
  public static final int ALARM = 3_200;

  public ExportPolicy {
    announced = List.copyOf(announced);
    passedOn = Map.copyOf(passedOn);
    notices = List.copyOf(notices);
  }

  /** Without limits: what is learnt on one side, told on the other. */
  public static ExportPolicy passingOn(Map<Nlri, Provenance> learnt) {
    return new ExportPolicy(List.copyOf(new TreeSet<>(learnt.keySet())), learnt, List.of());
  }

  /**
   * @param lan prefixes behind this box, and where those come from that another router told of
   * @param vnet prefixes of the VNet: Azure filters equal ones; a larger one is allowed
   * @param allowDefault a default route draws all of the VNet's traffic here (forced tunnelling)
   * @param allowVnet announce prefixes equal to the VNet's
   */
  public static ExportPolicy of(
      Map<Nlri, Provenance> lan, Set<Nlri> vnet, boolean allowDefault, boolean allowVnet) {
    List<Nlri> announced = new ArrayList<>();
    List<BgpReason> notices = new ArrayList<>();
    for (Nlri prefix : new TreeSet<>(lan.keySet())) {
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
    return new ExportPolicy(announced, lan, notices);
  }

  /** Of prefixes that all begin here. */
  public static ExportPolicy of(
      Collection<Nlri> lan, Set<Nlri> vnet, boolean allowDefault, boolean allowVnet) {
    Map<Nlri, Provenance> own = new HashMap<>();
    lan.forEach(prefix -> own.put(prefix, Provenance.OWN));
    return of(own, vnet, allowDefault, allowVnet);
  }

  /** What each of the announced comes from. */
  Map<Nlri, Provenance> told() {
    Map<Nlri, Provenance> told = LinkedHashMap.newLinkedHashMap(announced.size());
    announced.forEach(prefix -> told.put(prefix, passedOn.getOrDefault(prefix, Provenance.OWN)));
    return told;
  }
}
