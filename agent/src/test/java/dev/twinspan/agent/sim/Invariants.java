package dev.twinspan.agent.sim;

import dev.twinspan.agent.ike.IkeAction.InstallChild;
import dev.twinspan.agent.ike.IkeView;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What must hold of all nodes, always or when nothing is under way any more. */
public final class Invariants {
  private Invariants() {}

  /** Whether {@link #settled} would hold now. */
  static boolean areSettled(World world) {
    for (SimNode node : world.nodes()) {
      for (InstallChild ours : node.installed().values()) {
        if (otherHalf(world, node, ours) == null) {
          return false;
        }
      }
    }
    settled(world);
    return true;
  }

  /** Wherever both halves of a CHILD SA are installed, keys, algorithm and selectors agree. */
  public static void agree(World world) {
    for (SimNode node : world.nodes()) {
      for (InstallChild ours : node.installed().values()) {
        InstallChild theirs = otherHalf(world, node, ours);
        if (theirs != null) {
          world.check(
              Arrays.equals(ours.inboundKeys(), theirs.outboundKeys())
                  && Arrays.equals(ours.outboundKeys(), theirs.inboundKeys())
                  && ours.transform() == theirs.transform()
                  && ours.esn() == theirs.esn()
                  && ours.udpEncapsulated() == theirs.udpEncapsulated()
                  && ours.localSelectors().equals(theirs.remoteSelectors())
                  && ours.remoteSelectors().equals(theirs.localSelectors()),
              () -> "halves differ: " + node + " " + ours + " and " + theirs);
        }
      }
    }
  }

  /** In quiet: every SA has its other half, and each side sends on one the other receives on. */
  public static void settled(World world) {
    agree(world);
    for (SimNode node : world.nodes()) {
      if (node.isDown()) {
        continue;
      }
      for (InstallChild ours : node.installed().values()) {
        world.check(
            otherHalf(world, node, ours) != null, () -> "half-dead: " + node + " has " + ours);
      }
      for (Map.Entry<String, Integer> out : node.outbound().entrySet()) {
        InstallChild child = node.installed().get(out.getValue());
        world.check(child != null, () -> node + " sends on an SA that is gone");
      }
      for (IkeView view : node.engine().view()) {
        long shown = view.children().size();
        long there =
            node.installed().values().stream().filter(c -> c.peer().equals(view.peer())).count();
        world.check(
            shown == there,
            () -> "%s shows %d CHILD SAs and has %d installed".formatted(node, shown, there));
      }
    }
  }

  private static @Nullable InstallChild otherHalf(World world, SimNode node, InstallChild ours) {
    for (SimNode other : world.nodes()) {
      if (other == node) {
        continue;
      }
      InstallChild theirs = other.installed().get(ours.outboundSpi());
      if (theirs != null && theirs.outboundSpi() == ours.inboundSpi()) {
        return theirs;
      }
    }
    return null;
  }
}
