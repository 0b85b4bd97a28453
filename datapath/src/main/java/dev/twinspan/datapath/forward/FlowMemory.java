package dev.twinspan.datapath.forward;

import dev.twinspan.datapath.packet.PacketView;
import dev.twinspan.datapath.packet.Wire;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Where each flow went last, so that a tunnel that is {@link EcmpGroup#shun}ned keeps the flows it
 * has. A table of fixed size by hash, of which only the lines of live flows are ever touched; two
 * flows that share a slot may be taken for each other, which costs one of them its place at worst.
 *
 * <pre>
 *   slot (65,536):  31            16 15             0
 *                  | tunnel id + 1  | tick, mod 2^16   |    0: never used
 * </pre>
 *
 * Shared by the loops of LAN → WAN, because the kernel may bring a flow to another loop. A slot is
 * written when it changes, which is once a second for a flow that goes on. Allocates nothing per
 * packet.
 */
public final class FlowMemory {
  private static final int SLOTS = 1 << 16;
  private static final int TICKS = 0xFFFF;

  /** 1.07 seconds: a shift is cheaper than a division. */
  private static final int TICK_BITS = 30;

  /** What is not TCP says nothing of its beginning: silent for so long, and it begins anew. */
  static final int IDLE_TICKS = 60;

  private static final int TCP_FLAGS = 13;
  private static final int SYN = 0x02;

  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(int[].class);

  private final int[] slots = new int[SLOTS];

  /**
   * The tunnel of this packet's flow; {@link EcmpGroup#NONE} when the group has none.
   *
   * @param hash of its addresses and ports, from {@link FlowHash#hash}
   * @param at of the packet, parsed into {@code view}
   * @param now nanoseconds
   */
  public int choose(
      EcmpGroup group, long hash, MemorySegment s, long at, PacketView view, long now) {
    int bucket = FlowHash.bucketOf(hash);
    int tunnel = group.buckets()[bucket];
    int slot = (int) (hash >>> 40) & SLOTS - 1;
    int tick = (int) (now >>> TICK_BITS) & TICKS;
    int before = (int) SLOT.getOpaque(slots, slot);
    int stays = group.stays()[bucket];
    if (stays != EcmpGroup.NONE && stays != tunnel) {
      boolean there = (before >>> 16) - 1 == stays;
      if (there && goesOn(s, at, view, tick - before & TICKS)) {
        tunnel = stays;
      }
    }
    int after = (tunnel + 1) << 16 | tick;
    if (after != before) {
      SLOT.setOpaque(slots, slot, after);
    }
    return tunnel;
  }

  private static boolean goesOn(MemorySegment s, long at, PacketView view, int idle) {
    if (view.protocol() == PacketView.TCP && view.tcpHeader() != 0) {
      return (Wire.u8(s, at + view.l4() + TCP_FLAGS) & SYN) == 0;
    }
    return idle <= IDLE_TICKS;
  }
}
