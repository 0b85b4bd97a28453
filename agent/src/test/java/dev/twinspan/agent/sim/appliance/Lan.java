package dev.twinspan.agent.sim.appliance;

import dev.twinspan.agent.control.Appliance;
import dev.twinspan.agent.control.Appliance.Fate;
import dev.twinspan.agent.sim.World;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The site's LAN: which box its hosts send to, and what the boxes say and hand to each other. Fair
 * as LANs are: it is there, or it is cut.
 */
final class Lan {
  private static final long DELAY = 1_000_000L;

  /** The IP TTL that is left of a packet by the time it comes to a box. */
  private static final int TTL = 8;

  /** How the LAN's hosts find a box that lives. */
  enum Entry {
    /** By something that sees the kernels' routes of both, as where they do not know each other. */
    BEST,
    /** The first of them, whatever it carries. */
    FIRST,
    /** VRRP: the one with a usable tunnel, else the first. */
    VRRP,
    /** A router in front of both shares the flows out. */
    SHARED
  }

  private final Site site;
  private final World world;
  private final Entry entry;
  private boolean cut;

  Lan(Site site, Entry entry) {
    this.site = site;
    this.world = site.world();
    this.entry = entry;
  }

  /** Whether the boxes know each other. */
  boolean hasSiblings() {
    return entry != Entry.BEST;
  }

  void cut(boolean on) {
    if (cut != on) {
      site.boxes().getFirst().note("the LAN between the boxes is " + (on ? "cut" : "there again"));
    }
    cut = on;
  }

  // --- flows ------------------------------------------------------------------------------------

  void fromHost(Site.Flow flow, byte[] inner) {
    Box box = entry(flow);
    if (box != null) {
      route(box, flow, inner, 0);
    }
  }

  private @Nullable Box entry(Site.Flow flow) {
    return switch (entry) {
      case BEST -> first(box -> fate(box) == Fate.TUNNELLED);
      case FIRST -> first(_ -> true);
      case VRRP -> {
        Box able = first(box -> fate(box) == Fate.TUNNELLED);
        yield able == null ? first(_ -> true) : able;
      }
      case SHARED -> {
        List<Box> living = new ArrayList<>(site.boxes());
        living.removeIf(box -> !box.isUp());
        yield living.isEmpty() ? null : living.get(flow.hash % living.size());
      }
    };
  }

  private @Nullable Box first(Predicate<Box> which) {
    for (Box box : site.boxes()) {
      if (box.isUp() && which.test(box)) {
        return box;
      }
    }
    return null;
  }

  private static Fate fate(Box box) {
    Appliance appliance = box.appliance();
    return appliance == null ? Fate.UNREACHABLE : appliance.fate(Site.VNET);
  }

  /**
   * @param passed how many boxes had it before
   */
  private void route(Box box, Site.Flow flow, byte[] inner, int passed) {
    switch (fate(box)) {
      case TUNNELLED -> box.packets().lan(flow, inner);
      case SIBLING -> {
        Box other = other(box);
        // Both may lose their last tunnel at once, and each hear of it from the other a moment
        // later; there is no other way for a packet to come back.
        world.check(
            passed == 0 || box.hasNews() || other.hasNews(),
            () -> "%s and %s hand a packet to and fro".formatted(other, box));
        if (!cut && passed < TTL) {
          Tally.FORWARDED.add();
          world.after(DELAY, () -> route(other, flow, inner, passed + 1));
        }
      }
      case UNREACHABLE, IN_THE_CLEAR -> {}
    }
  }

  private Box other(Box box) {
    return site.boxes().get(site.boxes().getFirst() == box ? 1 : 0);
  }

  /** What holds at any time: two agents that crash now leave no circle for packets behind. */
  void always() {
    if (hasSiblings() && site.boxes().size() == 2) {
      Box one = site.boxes().getFirst();
      Box two = site.boxes().getLast();
      world.check(
          !leadsOver(one) || !leadsOver(two) || one.hasNews() || two.hasNews(),
          () -> "the kernels of %s and %s would hand a packet to and fro".formatted(one, two));
    }
  }

  /** Whether the box's kernel would hand packets to the other box if its agent crashed now. */
  private static boolean leadsOver(Box box) {
    Appliance appliance = box.appliance();
    return appliance != null && appliance.fateBehind(Site.VNET) == Fate.SIBLING;
  }

  // --- what the boxes say to each other ---------------------------------------------------------

  void tcp(InetAddress from, InetAddress to, byte[] inner) {
    if (!cut) {
      world.after(
          DELAY,
          () -> {
            for (Box box : site.boxes()) {
              if (!cut && box.lanAddress().equals(to)) {
                box.lanTcpIn(from, inner);
              }
            }
          });
    }
  }
}
