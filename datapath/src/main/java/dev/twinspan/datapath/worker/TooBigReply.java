package dev.twinspan.datapath.worker;

import dev.twinspan.datapath.offload.Iovecs;
import dev.twinspan.datapath.offload.Lan;
import dev.twinspan.datapath.packet.IcmpTooBig;
import dev.twinspan.datapath.packet.PacketView;
import dev.twinspan.datapath.packet.VnetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Sends {@link IcmpTooBig} to the LAN, at a bounded rate. Owned by the worker of LAN → WAN. */
final class TooBigReply {
  /** RFC 1812 section 4.3.2.8 and RFC 4443 section 2.4 (f) ask for a limit. */
  private static final int PER_SECOND = 100;

  private static final int BURST = 20;

  private final Lan lan;
  private final TokenBucket limit;
  private final MemorySegment buffer =
      Arena.global().allocate(VnetHeader.LENGTH + IcmpTooBig.MAX_LENGTH, 8);
  private final MemorySegment iovec = Arena.global().allocate(Iovecs.SIZE, 8);

  TooBigReply(Lan lan, long now) {
    this.lan = lan;
    limit = new TokenBucket(PER_SECOND, BURST, now);
  }

  /** Whether the sender of the packet was told. */
  boolean send(MemorySegment s, long packet, PacketView view, int mtu, long now) {
    if (!IcmpTooBig.allowed(s, packet, view) || !limit.take(now)) {
      return false;
    }
    VnetHeader.plain(buffer, 0, 0);
    int length = IcmpTooBig.write(s, packet, view, mtu, buffer, VnetHeader.LENGTH);
    Iovecs.set(iovec, 0, buffer.address(), VnetHeader.LENGTH + length);
    return lan.write(iovec, 1) >= 0;
  }
}
