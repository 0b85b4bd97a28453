package dev.twinspan.datapath.offload;

import dev.twinspan.datapath.packet.VnetHeader;
import dev.twinspan.datapath.worker.MemoryWire;
import dev.twinspan.ffi.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A LAN in memory: what the hosts send waits in one wire, what they get in another. */
public final class MemoryLan implements Lan {
  public final MemoryWire fromHosts = new MemoryWire(64);
  public final MemoryWire toHosts = new MemoryWire(128);
  private final boolean offloads;
  private final MemorySegment scratch = Arena.ofAuto().allocate(1 << 17);

  /** What the next writes answer instead of being done: 0 for nothing, or an errno. */
  public int refuse;

  public MemoryLan(boolean offloads) {
    this.offloads = offloads;
  }

  /** A host sends a packet with a complete checksum. */
  public void send(byte[] packet) {
    VnetHeader.plain(scratch, 0, 0);
    put(packet);
  }

  /** The kernel hands over a super-packet; the packet's length fields and checksum are ready. */
  public void sendSuper(byte[] packet, int type, int gsoSize, int headerLength, int l4, int field) {
    VnetHeader.gso(scratch, 0, type, headerLength, gsoSize, l4, field);
    put(packet);
  }

  /** A packet whose checksum is the kernel's to complete. */
  public void sendPartial(byte[] packet, int l4, int field) {
    VnetHeader.gso(scratch, 0, VnetHeader.GSO_NONE, 0, 0, l4, field);
    put(packet);
  }

  private void put(byte[] packet) {
    MemorySegment.copy(MemorySegment.ofArray(packet), 0, scratch, VnetHeader.LENGTH, packet.length);
    fromHosts.put(scratch, 0, VnetHeader.LENGTH + packet.length, 0, 0);
  }

  /** What came to the hosts since the last call, as written. */
  public List<byte[]> written() {
    List<byte[]> all = new ArrayList<>();
    for (int i = 0; i < toHosts.size(); i++) {
      MemorySegment s = toHosts.peek(i);
      all.add(s.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
    }
    toHosts.clear();
    return all;
  }

  /** The packets that came to the hosts since the last call, cut as the kernel would. */
  public List<byte[]> received() {
    return written().stream().flatMap(w -> Resegment.cut(w).stream()).toList();
  }

  @Override
  public int read(MemorySegment buffer, long offset, int length) {
    return fromHosts.size() == 0 ? -Errno.EAGAIN : fromHosts.take(buffer, offset);
  }

  @Override
  public int write(MemorySegment iovecs, int count) {
    if (refuse != 0) {
      return -refuse;
    }
    if (toHosts.isFull()) {
      return -Errno.EAGAIN;
    }
    int total = 0;
    for (int i = 0; i < count; i++) {
      int n = (int) Iovecs.length(iovecs, i);
      MemorySegment part = MemorySegment.ofAddress(Iovecs.base(iovecs, i)).reinterpret(n);
      MemorySegment.copy(part, 0, scratch, total, n);
      total += n;
    }
    toHosts.put(scratch, 0, total, 0, 0);
    return total;
  }

  @Override
  public boolean tso() {
    return offloads;
  }

  @Override
  public boolean uso() {
    return offloads;
  }
}
