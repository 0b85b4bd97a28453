package dev.twinspan.datapath.soak;

import dev.twinspan.datapath.offload.Iovecs;
import dev.twinspan.datapath.offload.Lan;
import dev.twinspan.datapath.packet.VnetHeader;
import dev.twinspan.datapath.packet.Wire;
import dev.twinspan.ffi.linux.Errno;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The receiving LAN: takes every packet and super-packet apart and checks every byte of it. */
public final class SoakSink implements Lan {
  /** All of memory: iovecs hold addresses. */
  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private final List<SoakFlow> flows;
  private long packets;
  private long superPackets;
  private long faults;
  private @Nullable String firstFault;

  SoakSink(List<SoakFlow> flows) {
    this.flows = flows;
  }

  /** That arrived whole, each segment counted. */
  public long packets() {
    return packets;
  }

  /** Writes that held more than one. */
  public long superPackets() {
    return superPackets;
  }

  /** Packets or writes that were not as they were sent. */
  public long faults() {
    return faults;
  }

  public @Nullable String firstFault() {
    return firstFault;
  }

  @Override
  public int read(MemorySegment buffer, long offset, int length) {
    return -Errno.EAGAIN;
  }

  @Override
  public int write(MemorySegment iovecs, int count) {
    long header = Iovecs.base(iovecs, 0);
    int length = (int) Iovecs.length(iovecs, 0);
    int total = length - VnetHeader.LENGTH;
    for (int i = 1; i < count; i++) {
      total += (int) Iovecs.length(iovecs, i);
    }
    long at = header + VnetHeader.LENGTH;
    int index =
        total < SoakFlow.IP_HEADER + SoakFlow.UDP_HEADER
            ? -1
            : Wire.u16(MEMORY, at + SoakFlow.IP_HEADER + 2) - SoakFlow.FIRST_PORT;
    if (index < 0 || index >= flows.size()) {
      fault("a packet of no flow");
      return total;
    }
    SoakFlow flow = flows.get(index);
    if (!flow.headersHold(MEMORY, at, total)) {
      fault("headers that were not sent");
      return total;
    }
    if (count == 1 ? !isSingle(header) : !isSuper(flow, header, length)) {
      fault("a virtio_net_hdr that is not of this packet");
      return total;
    }
    take(flow, iovecs, count, at, length - VnetHeader.LENGTH);
    return total;
  }

  /** With a checksum that was found right. */
  private static boolean isSingle(long header) {
    return VnetHeader.gsoType(MEMORY, header) == VnetHeader.GSO_NONE
        && VnetHeader.flags(MEMORY, header) == VnetHeader.DATA_VALID;
  }

  private static boolean isSuper(SoakFlow flow, long header, int length) {
    int type = flow.tcp() ? VnetHeader.GSO_TCPV4 : VnetHeader.GSO_UDP_L4;
    return VnetHeader.gsoType(MEMORY, header) == type
        && VnetHeader.flags(MEMORY, header) == VnetHeader.NEEDS_CSUM
        && VnetHeader.gsoSize(MEMORY, header) == length - VnetHeader.LENGTH - flow.headerLength()
        && VnetHeader.checksumStart(MEMORY, header) == SoakFlow.IP_HEADER
        && VnetHeader.checksumOffset(MEMORY, header) == (flow.tcp() ? 16 : 6);
  }

  private void take(SoakFlow flow, MemorySegment iovecs, int count, long at, int firstLength) {
    int sequence = Wire.u32(MEMORY, at + SoakFlow.IP_HEADER + 4);
    int size = firstLength - flow.headerLength();
    note(flow.take(MEMORY, at + flow.headerLength(), size, sequence));
    for (int i = 1; i < count; i++) {
      long payload = Iovecs.base(iovecs, i);
      note(flow.take(MEMORY, payload, (int) Iovecs.length(iovecs, i), sequence + i * size));
    }
    superPackets += count > 1 ? 1 : 0;
  }

  private void note(@Nullable String wrong) {
    if (wrong == null) {
      packets++;
    } else {
      fault(wrong);
    }
  }

  private void fault(String what) {
    faults++;
    if (firstFault == null) {
      firstFault = what;
    }
  }

  @Override
  public boolean tso() {
    return true;
  }

  @Override
  public boolean uso() {
    return true;
  }
}
