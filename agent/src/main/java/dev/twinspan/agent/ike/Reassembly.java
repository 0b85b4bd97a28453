package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.DecodeResult;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeFragment;
import dev.twinspan.agent.ike.message.IkeHeader;
import dev.twinspan.agent.ike.message.IkeMessage;
import java.io.ByteArrayOutputStream;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One message of the peer being put together from its fragments, RFC 7383 section 2.6. Holds one
 * message only, authentic fragments only, and no more than {@link Timing#FRAGMENTS_PER_MESSAGE} of
 * them with {@link Timing#FRAGMENT_BYTES_PER_MESSAGE} in all.
 */
final class Reassembly {
  /** What an array, its number and their place in a tree take besides the bytes in it. */
  private static final int OVERHEAD = 72;

  private final IkeContext context;
  private @Nullable IkeHeader header;
  private final NavigableMap<Integer, byte[]> pieces = new TreeMap<>();
  private int total;
  private int bytes;
  private int firstPayload;
  private long expiresAt = IkeContext.NEVER;

  Reassembly(IkeContext context) {
    this.context = context;
  }

  /** Why this fragment is of no use, found before its ICV is computed; null: it is of use. */
  @Nullable Drop refuse(IkeHeader of, IkeFragment.Number fragment) {
    if (fragment.total() > Timing.FRAGMENTS_PER_MESSAGE) {
      return Drop.FRAGMENT_LIMIT;
    }
    if (!of.equals(header)) {
      return null;
    }
    if (fragment.total() < total) {
      return Drop.FRAGMENT_OUTDATED;
    }
    boolean known = fragment.total() == total && pieces.containsKey(fragment.number());
    return known ? Drop.FRAGMENT_REPEATED : null;
  }

  /**
   * @param fragment one that was not refused, and is authentic
   * @param memory shared with others whose peer has not proven itself; null: not shared
   */
  Inbound add(IkeFragment fragment, @Nullable FragmentMemory memory) {
    if (!fragment.header().equals(header) || fragment.number().total() > total) {
      restart(fragment.header(), fragment.number().total());
    }
    int size = fragment.content().length + OVERHEAD;
    if (bytes + size > Timing.FRAGMENT_BYTES_PER_MESSAGE) {
      clear();
      return new Inbound.Dropped(Drop.FRAGMENT_LIMIT);
    }
    pieces.put(fragment.number().number(), fragment.content());
    bytes += size;
    if (fragment.number().number() == 1) {
      firstPayload = fragment.firstPayload();
    }
    expiresAt = context.in(Timing.FRAGMENT_PATIENCE);
    if (pieces.size() == total) {
      return complete(fragment.header());
    }
    if (memory != null) {
      memory.reserve(this);
    }
    return new Inbound.Incomplete();
  }

  /** A message not begun yet, or the same in more and smaller pieces (section 2.6). */
  private void restart(IkeHeader of, int fragments) {
    if (of.equals(header)) {
      context.drop(Drop.FRAGMENT_OUTDATED);
    }
    clear();
    header = of;
    total = fragments;
  }

  private Inbound complete(IkeHeader of) {
    ByteArrayOutputStream content = new ByteArrayOutputStream(bytes);
    pieces.values().forEach(content::writeBytes);
    int first = firstPayload;
    clear();
    return switch (IkeCodec.reassembled(of, first, content.toByteArray())) {
      case DecodeResult.Failed<IkeMessage>(var error) -> new Inbound.Broken(error);
      case DecodeResult.Decoded<IkeMessage>(var message) -> new Inbound.Whole(message);
    };
  }

  boolean isEmpty() {
    return header == null;
  }

  /** Bytes held, about. */
  int bytes() {
    return bytes;
  }

  long expiresAt() {
    return expiresAt;
  }

  void clear() {
    header = null;
    pieces.clear();
    total = 0;
    bytes = 0;
    expiresAt = IkeContext.NEVER;
  }
}
