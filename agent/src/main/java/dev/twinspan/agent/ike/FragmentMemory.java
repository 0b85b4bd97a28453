package dev.twinspan.agent.ike;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What all peers together that have not proven themselves yet may make us keep of their fragments.
 * Whoever answers on his address gets a half-open IKE SA, and with it keys under which any fragment
 * is authentic. Above {@link Timing#FRAGMENT_BYTES_OF_STRANGERS} the oldest message under
 * reassembly makes room: a peer that sends its fragments in one go gets through while the flood
 * pushes itself out.
 */
final class FragmentMemory {
  private final IkeContext context;
  private final Set<Reassembly> held = new LinkedHashSet<>();

  FragmentMemory(IkeContext context) {
    this.context = context;
  }

  /** One has grown. */
  void reserve(Reassembly grown) {
    held.add(grown);
    held.removeIf(Reassembly::isEmpty);
    long sum = held();
    while (sum > Timing.FRAGMENT_BYTES_OF_STRANGERS) {
      Reassembly oldest = held.iterator().next();
      sum -= oldest.bytes();
      oldest.clear();
      held.remove(oldest);
      context.drop(Drop.FRAGMENT_EVICTED);
    }
  }

  /** It is whole, or its IKE SA went. */
  void release(Reassembly gone) {
    held.remove(gone);
  }

  /** Bytes held. */
  long held() {
    return held.stream().mapToLong(Reassembly::bytes).sum();
  }
}
