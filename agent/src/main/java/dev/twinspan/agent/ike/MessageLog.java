package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.IkeHeader;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.PayloadText;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The latest messages of each peer, for {@code tunnel trace}. Bounded whoever sends: {@value #KEPT}
 * a peer; of handshakes whose peer is not proven yet {@value #UNPROVEN}, each with {@value
 * #UNPROVEN_KEPT} messages, which no flood can make push out a peer's own. Owned by the engine.
 */
final class MessageLog {
  static final int KEPT = 256;
  static final int UNPROVEN = 64;
  static final int UNPROVEN_KEPT = 8;
  private static final int MOST_PAYLOADS = 40;

  private final Map<Long, String> owners = new HashMap<>();
  private final Map<String, Deque<IkeTrace>> byPeer = new HashMap<>();
  private final LinkedHashMap<Long, Deque<IkeTrace>> unproven = new LinkedHashMap<>();
  private boolean kept;
  private long sequence;

  /** Off at first: whoever runs thousands of engines has no use for it. */
  void keep() {
    kept = true;
  }

  void record(long now, long localSpi, boolean sent, IkeMessage message) {
    if (!kept) {
      return;
    }
    List<String> payloads =
        message.payloads().stream().limit(MOST_PAYLOADS).map(PayloadText::of).toList();
    add(localSpi, entry(now, sent, message.header(), payloads));
  }

  /**
   * That message once more, byte for byte. All its retransmissions together are one entry, so that
   * nobody pushes others out by repeating one.
   */
  void repeat(long now, long localSpi, boolean sent, IkeHeader header) {
    if (!kept) {
      return;
    }
    IkeTrace entry = entry(now, sent, header, List.of());
    String owner = owners.get(localSpi);
    Deque<IkeTrace> ring = owner == null ? unproven.get(localSpi) : byPeer.get(owner);
    IkeTrace before = ring == null ? null : latest(ring, entry);
    if (ring != null && before != null && before.times() > 1) {
      ring.remove(before);
    }
    add(localSpi, entry.times(before == null ? 2 : before.times() + 1));
  }

  private static @Nullable IkeTrace latest(Deque<IkeTrace> ring, IkeTrace repeated) {
    for (Iterator<IkeTrace> i = ring.descendingIterator(); i.hasNext(); ) {
      IkeTrace entry = i.next();
      if (entry.repeats(repeated)) {
        return entry;
      }
    }
    return null;
  }

  private IkeTrace entry(long now, boolean sent, IkeHeader header, List<String> payloads) {
    return new IkeTrace(
        ++sequence,
        now,
        sent,
        header.exchange(),
        header.response(),
        header.messageId(),
        header.initiatorSpi(),
        header.responderSpi(),
        1,
        payloads);
  }

  private void add(long localSpi, IkeTrace entry) {
    String owner = owners.get(localSpi);
    if (owner != null) {
      add(owner, entry);
      return;
    }
    Deque<IkeTrace> early = unproven.computeIfAbsent(localSpi, _ -> new ArrayDeque<>());
    if (early.size() < UNPROVEN_KEPT) {
      early.addLast(entry);
    }
    if (unproven.size() > UNPROVEN) {
      unproven.remove(unproven.firstEntry().getKey());
    }
  }

  /** The IKE SA with that SPI of ours is this peer's. */
  void owned(long localSpi, String peer) {
    if (!kept) {
      return;
    }
    owners.put(localSpi, peer);
    Deque<IkeTrace> early = unproven.remove(localSpi);
    if (early != null) {
      early.forEach(entry -> add(peer, entry));
    }
  }

  /** The IKE SA is no more; what it said remains its peer's. */
  void gone(long localSpi) {
    owners.remove(localSpi);
    unproven.remove(localSpi);
  }

  /** Peers that are configured no more are forgotten. */
  void retain(Set<String> peers) {
    byPeer.keySet().retainAll(peers);
  }

  private void add(String peer, IkeTrace entry) {
    Deque<IkeTrace> ring = byPeer.computeIfAbsent(peer, _ -> new ArrayDeque<>());
    ring.addLast(entry);
    if (ring.size() > KEPT) {
      ring.removeFirst();
    }
  }

  /** Oldest first. */
  List<IkeTrace> of(String peer) {
    List<IkeTrace> all = new ArrayList<>(byPeer.getOrDefault(peer, new ArrayDeque<>()));
    all.sort(Comparator.comparingLong(IkeTrace::sequence));
    return all;
  }
}
