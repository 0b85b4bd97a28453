package dev.twinspan.datapath.offload;

import dev.twinspan.datapath.packet.PacketView;
import java.lang.foreign.MemorySegment;

/**
 * Joins segments of one flow, in order, into one GSO write to the TUN, as the kernel's own GRO does
 * (net/ipv4/tcp_offload.c): payloads stay where they were decrypted and are gathered by iovecs. A
 * handful of flows are open at once; a packet that cannot join closes its flow first, so that no
 * flow is reordered.
 *
 * <p>Packets given to {@link #add} must stay where they are until {@link #flush}; there must be
 * {@link dev.twinspan.datapath.packet.VnetHeader#LENGTH} bytes of free room in front of each. Owned
 * by the worker of WAN → LAN.
 */
public final class Coalescer {
  /** Flows open at once; the kernel keeps 8 per hash bucket. */
  private static final int FLOWS = 8;

  private final FlowSlot[] slots = new FlowSlot[FLOWS];
  private final GsoWriter writer;
  private final boolean tcp;
  private final boolean udp;
  private int last;
  private int victim;

  /**
   * @param tcp the TUN takes TCP super-packets
   * @param udp the TUN takes UDP super-packets
   */
  public Coalescer(GsoWriter writer, boolean tcp, boolean udp) {
    this.writer = writer;
    this.tcp = tcp;
    this.udp = udp;
    for (int i = 0; i < FLOWS; i++) {
      slots[i] = new FlowSlot();
    }
  }

  /**
   * Passes a packet on, now or with others of its flow.
   *
   * @param verified the L4 checksum was found right
   */
  public void add(MemorySegment s, long at, PacketView p, boolean verified) {
    boolean offloaded =
        p.protocol() == PacketView.TCP ? tcp : p.protocol() == PacketView.UDP && udp;
    if (!offloaded) {
      writer.single(at, p.length(), verified);
      return;
    }
    if (p.fragment() || p.sourcePort() == PacketView.NO_PORT) {
      flush(); // which flow it belongs to is not to be seen
      writer.single(at, p.length(), verified);
      return;
    }
    FlowSlot slot = find(p);
    boolean joinable = verified && FlowSlot.joinable(s, at, p);
    if (slot != null) {
      if (joinable && slot.append(s, at, p)) {
        if (slot.closed()) {
          writer.write(slot);
        }
        return;
      }
      writer.write(slot);
    }
    if (!joinable) {
      writer.single(at, p.length(), verified);
      return;
    }
    open(s, at, p);
  }

  /** Writes everything that waits. */
  public void flush() {
    for (FlowSlot slot : slots) {
      writer.write(slot);
    }
  }

  private @org.jspecify.annotations.Nullable FlowSlot find(PacketView p) {
    if (slots[last].isFlow(p)) {
      return slots[last];
    }
    for (int i = 0; i < FLOWS; i++) {
      if (slots[i].isFlow(p)) {
        last = i;
        return slots[i];
      }
    }
    return null;
  }

  private void open(MemorySegment s, long at, PacketView p) {
    int free = -1;
    for (int i = 0; i < FLOWS && free < 0; i++) {
      free = slots[i].isEmpty() ? i : -1;
    }
    if (free < 0) {
      free = victim;
      victim = (victim + 1) % FLOWS;
      writer.write(slots[free]);
    }
    slots[free].open(s, at, p);
    last = free;
    if (slots[free].closed()) {
      writer.write(slots[free]);
    }
  }
}
