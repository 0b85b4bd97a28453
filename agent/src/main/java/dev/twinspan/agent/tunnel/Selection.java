package dev.twinspan.agent.tunnel;

import dev.twinspan.agent.config.ConnectionConfig.Mode;
import dev.twinspan.datapath.forward.EcmpGroup;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which tunnels of a connection carry its flows: a pure function of what is usable and of what was.
 */
public final class Selection {
  private Selection() {}

  /**
   * Active-active: every usable tunnel has its share, and only flows of a lost tunnel, or the share
   * of a returned one, move. Active-standby and single-tunnel: the first usable instance in the
   * order of the file carries all.
   *
   * @param usable tunnel ids in the order of the file
   */
  public static EcmpGroup next(EcmpGroup current, List<Integer> usable, Mode mode) {
    return next(current, usable, Set.of(), mode);
  }

  /**
   * The same, where some of the usable tunnels lose packets: they keep the flows they have, and new
   * ones go to the others, if there are any.
   *
   * @param lossy tunnel ids
   */
  public static EcmpGroup next(
      EcmpGroup current, List<Integer> usable, Set<Integer> lossy, Mode mode) {
    List<Integer> wanted =
        mode == Mode.ACTIVE_ACTIVE || usable.isEmpty() ? usable : usable.subList(0, 1);
    Set<Integer> shunned = lossy.containsAll(wanted) ? Set.of() : lossy;
    EcmpGroup next = current;
    for (int tunnel : known(current)) {
      if (!wanted.contains(tunnel)) {
        next = next.without(tunnel);
      }
    }
    for (int tunnel : wanted) {
      int share = EcmpGroup.BUCKETS / wanted.size();
      if (next.share(tunnel) > 0) {
        continue;
      }
      if (!next.usable() || !next.staysOn(tunnel)) {
        next = next.with(tunnel, share);
      } else if (!shunned.contains(tunnel)) {
        next = next.readmit(tunnel, share);
      }
    }
    for (int tunnel : shunned) {
      if (wanted.contains(tunnel)) {
        next = next.shun(tunnel);
      }
    }
    return next;
  }

  /** The tunnels that hold buckets. */
  public static Set<Integer> members(EcmpGroup group) {
    Set<Integer> members = new TreeSet<>();
    for (short tunnel : group.buckets()) {
      if (tunnel != EcmpGroup.NONE) {
        members.add((int) tunnel);
      }
    }
    return members;
  }

  /** And those on which flows may stay. */
  private static Set<Integer> known(EcmpGroup group) {
    Set<Integer> known = members(group);
    for (short tunnel : group.stays()) {
      if (tunnel != EcmpGroup.NONE) {
        known.add((int) tunnel);
      }
    }
    return known;
  }
}
