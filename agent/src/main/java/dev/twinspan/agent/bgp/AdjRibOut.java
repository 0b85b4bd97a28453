package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.AsPath;
import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import dev.twinspan.agent.bgp.message.Family;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.bgp.message.PathAttributes;
import dev.twinspan.agent.bgp.message.PathAttributes.Origin;
import dev.twinspan.agent.bgp.message.UpdatePacker;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** What one peer was told. */
final class AdjRibOut {
  private static final long INTERNAL_PREFERENCE = 100;

  private final BgpPeer peer;
  private final Map<Nlri, Provenance> told = new TreeMap<>();

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
  void announceAll(Fsm fsm, Map<Nlri, Provenance> wanted) {
    Map<Nlri, Provenance> next = new TreeMap<>();
    wanted.forEach(
        (prefix, from) -> {
          if (fsm.codec().families().contains(prefix.family())
              && nextHop(prefix.family()) != null
              && !(from.noExport() && peer.external())) {
            next.put(prefix, from);
          }
        });
    List<Nlri> gone = told.keySet().stream().filter(p -> !next.containsKey(p)).toList();
    UpdatePacker.withdraw(gone).forEach(fsm::send);
    for (Family family : Family.values()) {
      announce(fsm, family, (prefix, from) -> !from.equals(told.get(prefix)), next);
    }
    told.clear();
    told.putAll(next);
  }

  void announceAgain(Fsm fsm, Family family) {
    announce(fsm, family, (_, _) -> true, told);
    fsm.send(Update.endOfRib(family));
  }

  /** Those of one origin share their UPDATEs. */
  private void announce(
      Fsm fsm, Family family, BiPredicate<Nlri, Provenance> which, Map<Nlri, Provenance> all) {
    InetAddress nextHop = nextHop(family);
    if (nextHop == null) {
      return;
    }
    Map<AsPath, List<Nlri>> by = new LinkedHashMap<>();
    all.forEach(
        (prefix, from) -> {
          if (prefix.family() == family && which.test(prefix, from)) {
            by.computeIfAbsent(from.path(), _ -> new ArrayList<>()).add(prefix);
          }
        });
    by.forEach(
        (path, prefixes) ->
            UpdatePacker.announce(attributes(path), family, nextHop, prefixes, fsm.codec())
                .forEach(fsm::send));
  }

  private PathAttributes attributes(AsPath beyond) {
    int times = peer.external() ? 1 + peer.prepend() : peer.prepend();
    AsPath path = beyond.behind(peer.localAs(), times);
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
