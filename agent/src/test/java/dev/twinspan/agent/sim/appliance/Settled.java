package dev.twinspan.agent.sim.appliance;

import dev.twinspan.agent.control.Appliance;
import dev.twinspan.agent.control.Appliance.Fate;
import dev.twinspan.datapath.forward.EcmpGroup;
import java.util.ArrayList;
import java.util.List;

/** What must be so once a site is at rest: packets pass where they can, and routes say so. */
final class Settled {
  private final Site site;
  private final Mishaps mishaps;
  private final boolean bgp;
  private final boolean standby;

  Settled(Site site, Mishaps mishaps, Configurations.Wanted wanted) {
    this.site = site;
    this.mishaps = mishaps;
    this.bgp = wanted.bgp();
    this.standby = wanted.standby();
  }

  /** Empty: all is as it should be. */
  List<String> wrong() {
    List<String> wrong = new ArrayList<>();
    boolean path = site.boxes().stream().anyMatch(this::hasPath);
    for (Site.Flow flow : site.flows()) {
      if (flow.flows() != path) {
        wrong.add("flow %d %s".formatted(flow.index, path ? "does not flow" : "flows"));
      }
    }
    for (Box box : site.boxes()) {
      Appliance appliance = box.appliance();
      if (appliance != null) {
        sessions(box, appliance, wrong);
        table(box, appliance, wrong);
        kernel(box, appliance, wrong);
        drained(box, wrong);
      }
    }
    return wrong;
  }

  private boolean hasPath(Box box) {
    return site.instances().stream().anyMatch(instance -> site.isPath(box, instance));
  }

  private void sessions(Box box, Appliance appliance, List<String> wrong) {
    for (Instance instance : site.instances()) {
      boolean path = site.isPath(box, instance);
      if (bgp && appliance.established(Site.tunnel(instance)) != path) {
        wrong.add("%s %s: session and path differ".formatted(box, instance));
      }
      if (bgp && path && !instance.established(box)) {
        wrong.add("%s %s: the instance has no session".formatted(box, instance));
      }
    }
    if (site.lan().hasSiblings() && appliance.hearsSibling() != othersUp(box)) {
      wrong.add("%s: the sibling and the session with it differ".formatted(box));
    }
  }

  private boolean othersUp(Box box) {
    return site.boxes().stream().anyMatch(other -> other != box && other.isUp());
  }

  private void table(Box box, Appliance appliance, List<String> wrong) {
    EcmpGroup group = box.packets().vnet();
    List<String> usable = usable(appliance);
    for (Instance instance : site.instances()) {
      boolean carries = group != null && group.share(site.instances().indexOf(instance)) > 0;
      if (carries != usable.contains(Site.tunnel(instance))) {
        wrong.add("%s: the table has %s, usable are %s".formatted(box, group, usable));
      }
      if (carries && !site.isPath(box, instance)) {
        wrong.add("%s: flows go to %s, where no path is".formatted(box, instance));
      }
    }
  }

  /** The preferred gateway's tunnels if one of them is in good order, else what works at all. */
  private List<String> usable(Appliance appliance) {
    List<List<String>> gateways = new ArrayList<>();
    for (String gateway : List.of("hub", "far")) {
      List<String> announced = new ArrayList<>();
      for (Instance instance : site.instances()) {
        String tunnel = Site.tunnel(instance);
        if (instance.gateway().equals(gateway) && (!bgp || appliance.established(tunnel))) {
          announced.add(tunnel);
        }
      }
      gateways.add(announced);
    }
    List<String> chosen = appliance.usable(gateways.getFirst());
    boolean preferred = appliance.carries(gateways.getFirst());
    boolean backup = appliance.carries(gateways.getLast());
    if (!preferred && backup || chosen.isEmpty()) {
      chosen = appliance.usable(gateways.getLast());
    }
    return standby && chosen.size() > 1 ? chosen.subList(0, 1) : chosen;
  }

  private void kernel(Box box, Appliance appliance, List<String> wrong) {
    Fate fate = appliance.fate(Site.VNET);
    boolean forwards =
        site.lan().hasSiblings()
            && site.boxes().stream().anyMatch(other -> other != box && hasPath(other));
    boolean right =
        hasPath(box)
            ? fate == Fate.TUNNELLED
            : forwards
                ? fate == Fate.SIBLING
                : fate == Fate.UNREACHABLE || fate == Fate.IN_THE_CLEAR;
    if (!right) {
      wrong.add("%s: the kernel says %s".formatted(box, fate));
    }
  }

  /** A drill brings back what it took out. */
  private void drained(Box box, List<String> wrong) {
    for (Instance instance : site.instances()) {
      if (Site.isDrained(box, instance) != mishaps.isDrained(box, instance)) {
        wrong.add(
            "%s %s: drained is %s, by order %s"
                .formatted(
                    box,
                    instance,
                    Site.isDrained(box, instance),
                    mishaps.isDrained(box, instance)));
      }
    }
  }

  String describe() {
    StringBuilder text = new StringBuilder();
    for (Box box : site.boxes()) {
      Appliance appliance = box.appliance();
      for (Instance instance : site.instances()) {
        String tunnel = Site.tunnel(instance);
        text.append(
            "\n  %s %s: path %s, %s, BGP %s, there %s"
                .formatted(
                    box,
                    instance,
                    site.isPath(box, instance),
                    appliance == null ? "dead" : appliance.why(tunnel),
                    appliance == null ? "" : appliance.bgp().views(),
                    instance.views()));
      }
      text.append("\n  ").append(box.packets().snapshot().routes());
      text.append(
          appliance == null
              ? ""
              : "; the kernel %s, sibling %s"
                  .formatted(appliance.fate(Site.VNET), appliance.site().views()));
    }
    return text.toString();
  }
}
