package dev.twinspan.datapath.soak;

import dev.twinspan.datapath.offload.Lan;
import dev.twinspan.datapath.packet.VnetHeader;
import dev.twinspan.ffi.linux.Errno;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The sending LAN: super-packets of small datagrams, of TCP segments, and single datagrams of every
 * length, each flow in turn, as many as are asked for.
 */
public final class SoakSource implements Lan {
  /** In 64 bytes and a few, with their number. */
  private static final int SMALL = 40;

  private static final int SMALL_PACKETS = 40;
  private static final int LAST_SMALL = 24;
  private static final int SEGMENTS = 20;
  private static final int LONGEST = 1300;

  /** Of sixteen reads: two of TCP, one single datagram, the rest small ones by the dozen. */
  private static final int SHAPES = 16;

  private static final int TCP_SHAPES = 2;

  private final List<SoakFlow> udp;
  private final List<SoakFlow> tcp;
  private int turn;
  private int budget;
  private long packets;
  private long bytes;

  SoakSource(List<SoakFlow> flows) {
    udp = flows.stream().filter(flow -> !flow.tcp()).toList();
    tcp = flows.stream().filter(SoakFlow::tcp).toList();
  }

  /** So many reads from now on, then nothing. */
  public void allow(int reads) {
    budget = reads;
  }

  /** Sent until now, each segment counted. */
  public long packets() {
    return packets;
  }

  /** Of them, IP headers included. */
  public long bytes() {
    return bytes;
  }

  @Override
  public int read(MemorySegment buffer, long offset, int length) {
    if (budget == 0) {
      return -Errno.EAGAIN;
    }
    budget--;
    int shape = turn++ % SHAPES;
    if (shape < TCP_SHAPES) {
      return write(buffer, offset, tcp.get(turn % tcp.size()), SEGMENTS, SoakFlow.SEGMENT, 0);
    }
    SoakFlow flow = udp.get(turn % udp.size());
    if (shape == TCP_SHAPES) {
      int size = Long.BYTES + turn / SHAPES % LONGEST;
      return write(buffer, offset, flow, 1, size, size);
    }
    return write(buffer, offset, flow, SMALL_PACKETS, SMALL, LAST_SMALL);
  }

  private int write(
      MemorySegment buffer, long offset, SoakFlow flow, int count, int size, int lastSize) {
    int last = flow.tcp() ? size : lastSize;
    long at = offset + VnetHeader.LENGTH;
    int length = flow.write(buffer, at, count, size, last);
    int type = flow.tcp() ? VnetHeader.GSO_TCPV4 : VnetHeader.GSO_UDP_L4;
    VnetHeader.gso(
        buffer,
        offset,
        count == 1 ? VnetHeader.GSO_NONE : type,
        flow.headerLength(),
        count == 1 ? 0 : size,
        SoakFlow.IP_HEADER,
        flow.tcp() ? 16 : 6);
    packets += count;
    bytes += length + (long) (count - 1) * flow.headerLength();
    return VnetHeader.LENGTH + length;
  }

  @Override
  public int write(MemorySegment iovecs, int count) {
    throw new IllegalStateException("nothing is sent back");
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
