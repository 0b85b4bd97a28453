package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.AsPath;
import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import dev.twinspan.agent.bgp.message.Family;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.bgp.message.PathAttributes;
import dev.twinspan.agent.bgp.message.PathAttributes.Origin;
import dev.twinspan.agent.bgp.message.UpdatePacker;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What one peer was told. */
final class AdjRibOut {
  private static final long INTERNAL_PREFERENCE = 100;

  private final BgpPeer peer;
  private final Set<Nlri> told = new TreeSet<>();

  AdjRibOut(BgpPeer peer) {
    this.peer = peer;
  }

  int size() {
    return told.size();
  }

  /** A new session knows nothing. */
  void clear() {
    told.clear();
  }

  /** Tells the difference between what is wanted and what was told. */
  void announceAll(Fsm fsm, List<Nlri> wanted) {
    Set<Nlri> next = new HashSet<>();
    for (Nlri prefix : wanted) {
      if (fsm.codec().families().contains(prefix.family()) && nextHop(prefix.family()) != null) {
        next.add(prefix);
      }
    }
    List<Nlri> gone = told.stream().filter(p -> !next.contains(p)).toList();
    UpdatePacker.withdraw(gone).forEach(fsm::send);
    for (Family family : Family.values()) {
      announce(
          fsm,
          family,
          next.stream().filter(p -> p.family() == family && !told.contains(p)).sorted().toList());
    }
    told.clear();
    told.addAll(next);
  }

  void announceAgain(Fsm fsm, Family family) {
    announce(fsm, family, told.stream().filter(p -> p.family() == family).toList());
    fsm.send(Update.endOfRib(family));
  }

  private void announce(Fsm fsm, Family family, Collection<Nlri> prefixes) {
    InetAddress nextHop = nextHop(family);
    if (nextHop == null || prefixes.isEmpty()) {
      return;
    }
    UpdatePacker.announce(attributes(), family, nextHop, prefixes, fsm.codec()).forEach(fsm::send);
  }

  private PathAttributes attributes() {
    AsPath path = AsPath.of(peer.localAs(), peer.external() ? 1 + peer.prepend() : peer.prepend());
    PathAttributes external = PathAttributes.of(Origin.IGP, path);
    return peer.external()
        ? external
        : new PathAttributes(
            Origin.IGP, path, null, INTERNAL_PREFERENCE, false, null, List.of(), List.of());
  }

  private @Nullable InetAddress nextHop(Family family) {
    boolean six = peer.local().getAddress().length == 16;
    if (family == Family.IPV6_UNICAST) {
      return six ? peer.local() : peer.nextHopIpv6();
    }
    return six ? null : peer.local();
  }
}
