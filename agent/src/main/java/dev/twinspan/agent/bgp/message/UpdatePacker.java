package dev.twinspan.agent.bgp.message;

import dev.twinspan.agent.bgp.message.BgpMessage.Reach;
import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Puts prefixes into as few UPDATEs as 4,096 octets allow: one family in each (RFC 7606 §5.1). */
public final class UpdatePacker {
  /** Length fields and the header of one MP_UNREACH_NLRI. */
  private static final int OVERHEAD = 4 + 4 + 3;

  private UpdatePacker() {}

  public static List<Update> withdraw(Collection<Nlri> prefixes) {
    List<Update> updates = new ArrayList<>();
    for (List<Nlri> part : parts(prefixes, BgpCodec.MAX_LENGTH - BgpCodec.HEADER - OVERHEAD)) {
      updates.add(Update.withdraw(part));
    }
    return updates;
  }

  /**
   * @param prefixes of one family, that of the next hop
   */
  public static List<Update> announce(
      PathAttributes attributes,
      Family family,
      InetAddress nextHop,
      Collection<Nlri> prefixes,
      CodecContext context) {
    Update empty = Update.announce(attributes, new Reach(family, nextHop, List.of()));
    // Room for the extended length that a full attribute needs.
    int room = BgpCodec.MAX_LENGTH - BgpCodec.encode(empty, context).length - 1;
    List<Update> updates = new ArrayList<>();
    for (List<Nlri> part : parts(prefixes, room)) {
      updates.add(Update.announce(attributes, new Reach(family, nextHop, part)));
    }
    return updates;
  }

  private static List<List<Nlri>> parts(Collection<Nlri> prefixes, int room) {
    List<List<Nlri>> parts = new ArrayList<>();
    for (Family family : Family.values()) {
      List<Nlri> part = new ArrayList<>();
      int used = 0;
      for (Nlri prefix : prefixes) {
        if (prefix.family() != family) {
          continue;
        }
        int size = 1 + prefix.byteLength();
        if (used + size > room) {
          parts.add(part);
          part = new ArrayList<>();
          used = 0;
        }
        part.add(prefix);
        used += size;
      }
      if (!part.isEmpty()) {
        parts.add(part);
      }
    }
    return parts;
  }
}
