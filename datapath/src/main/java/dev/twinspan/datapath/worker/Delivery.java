package dev.twinspan.datapath.worker;

import dev.twinspan.datapath.DropReason;
import dev.twinspan.datapath.InboundSa;
import dev.twinspan.datapath.TrafficCounters;
import dev.twinspan.datapath.TunnelCounters;
import dev.twinspan.datapath.capture.PacketTap;
import dev.twinspan.datapath.esp.ReplayWindow;
import dev.twinspan.datapath.esp.SelectorTable;
import dev.twinspan.datapath.offload.Coalescer;
import dev.twinspan.datapath.offload.GsoWriter;
import dev.twinspan.datapath.offload.Lan;
import dev.twinspan.datapath.packet.Ecn;
import dev.twinspan.datapath.packet.MssClamp;
import dev.twinspan.datapath.packet.PacketView;
import dev.twinspan.ffi.crypto.DecapVector;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What happens to each packet after decryption, in the order RFC 4303 section 3.4 and RFC 4301
 * section 5.2 give: verdict of the cipher, replay window, next header, inner packet, policy, ECN;
 * then MSS and the way to the LAN. Owned by the worker of WAN → LAN.
 */
final class Delivery {
  private static final int IPV4 = 4;
  private static final int IPV6 = 41;
  private static final int NO_NEXT_HEADER = 59;

  private final MemorySegment buffer;
  private final boolean ecn;
  private final TrafficCounters total;
  private final GsoWriter writer;
  private final Coalescer coalescer;
  private final PacketView view = new PacketView();
  private final ProbeBoard probes;
  private @Nullable PacketTap tap;

  Delivery(Lan lan, MemorySegment buffer, boolean ecn, TrafficCounters total, ProbeBoard probes) {
    this.probes = probes;
    this.buffer = buffer;
    this.ecn = ecn;
    this.total = total;
    writer = new GsoWriter(lan, buffer, total);
    coalescer = new Coalescer(writer, lan.tso(), lan.uso());
  }

  void tap(@Nullable PacketTap next) {
    tap = next;
  }

  static DropReason replayReason(int verdict) {
    return verdict == ReplayWindow.SEEN ? DropReason.REPLAYED : DropReason.BEFORE_WINDOW;
  }

  /** Takes a decrypted batch; the packets stay in the buffer until {@link #flush}. */
  void deliver(Generation generation, InboundSa sa, DecapBatch batch, long now) {
    writer.now(now);
    TunnelCounters tunnel = generation.counters().get(sa.tunnel());
    int mss = generation.tunnels().get(sa.tunnel()).mss();
    int packets = 0;
    long bytes = 0;
    for (int i = 0; i < batch.entries(); i++) {
      DropReason reason = accept(sa, batch, i);
      if (reason != null) {
        drop(generation, sa, reason);
        continue;
      }
      long at = batch.inner(i);
      if (probes.takes(buffer, at, view, sa.tunnel(), now)) {
        sa.counters().passed(1, view.length(), now); // proof of life, and no traffic of anybody's
        continue;
      }
      packets++;
      bytes += view.length();
      PacketTap copyTo = tap;
      if (copyTo != null) {
        copyTo.inner(false, sa.tunnel(), buffer, at, view.length(), now);
      }
      MssClamp.apply(buffer, at, view, mss, false);
      coalescer.add(buffer, at, view, batch.checksum(i) == DecapVector.CHECKSUM_GOOD);
    }
    total.batch();
    sa.counters().batch();
    tunnel.in().batch();
    long missing = sa.newlyMissing();
    if (missing != 0) {
      tunnel.in().lost(missing);
    }
    if (packets > 0) {
      sa.counters().passed(packets, bytes, now);
      tunnel.in().passed(packets, bytes, now);
    }
  }

  void flush() {
    coalescer.flush();
  }

  void drop(Generation generation, InboundSa sa, DropReason reason) {
    total.dropped(reason, 1);
    sa.counters().dropped(reason, 1);
    generation.counters().get(sa.tunnel()).in().dropped(reason, 1);
  }

  /** Null when the packet may pass; then {@link #view} holds its headers. */
  private @Nullable DropReason accept(InboundSa sa, DecapBatch batch, int i) {
    int status = batch.status(i);
    if (status == DecapVector.STATUS_AUTHENTICATION_FAILED) {
      return DropReason.AUTHENTICATION_FAILED;
    }
    if (status == DecapVector.STATUS_BAD_LENGTH) {
      return DropReason.BAD_ESP_LENGTH;
    }
    if (status == DecapVector.STATUS_CIPHER_ERROR) {
      return DropReason.DECRYPT_FAILED;
    }
    // Authentic from here on, so the number is used up whatever else is wrong with the packet.
    int verdict = sa.window().update(batch.sequence(i));
    if (verdict != ReplayWindow.OK) {
      return replayReason(verdict);
    }
    if (status == DecapVector.STATUS_BAD_PADDING) {
      return DropReason.BAD_PADDING;
    }
    return acceptInner(sa, batch, i);
  }

  private @Nullable DropReason acceptInner(InboundSa sa, DecapBatch batch, int i) {
    int nextHeader = batch.nextHeader(i);
    if (nextHeader == NO_NEXT_HEADER) {
      return DropReason.DUMMY;
    }
    if (nextHeader != IPV4 && nextHeader != IPV6) {
      return DropReason.WRONG_NEXT_HEADER;
    }
    long at = batch.inner(i);
    if (!view.parse(buffer, at, batch.innerLength(i))) {
      return DropReason.INNER_MALFORMED;
    }
    if (view.ipv6() != (nextHeader == IPV6)) {
      return DropReason.WRONG_NEXT_HEADER;
    }
    if (!permitted(sa.remoteSelectors(), sa.localSelectors())) {
      return DropReason.INBOUND_POLICY;
    }
    return ecn ? carryCongestion(at, batch.outerTos(i)) : null;
  }

  /** RFC 4301 section 5.2 step 4: only what the peer may send, only to where it may send it. */
  private boolean permitted(SelectorTable source, SelectorTable destination) {
    return source.matches(
            view.ipv6(), view.sourceHigh(), view.sourceLow(), view.protocol(), view.sourcePort())
        && destination.matches(
            view.ipv6(),
            view.destinationHigh(),
            view.destinationLow(),
            view.protocol(),
            view.destinationPort());
  }

  private @Nullable DropReason carryCongestion(long at, int outerTos) {
    int inner = view.tos() & 3;
    int codepoint = Ecn.decapsulate(inner, outerTos);
    if (codepoint == Ecn.DROP) {
      return DropReason.ECN_NOT_CAPABLE;
    }
    if (codepoint != inner) {
      Ecn.set(buffer, at, view.ipv6(), codepoint);
    }
    return null;
  }
}
