package dev.twinspan.datapath.offload;

import dev.twinspan.datapath.DropReason;
import dev.twinspan.datapath.TrafficCounters;
import dev.twinspan.datapath.packet.Checksum;
import dev.twinspan.datapath.packet.PacketView;
import dev.twinspan.datapath.packet.VnetHeader;
import dev.twinspan.datapath.packet.Wire;
import dev.twinspan.ffi.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Writes packets and super-packets to the LAN, the virtio_net_hdr put into the bytes before the
 * first packet (the ESP header and IV of it, done with). Owned by the worker of WAN → LAN.
 */
public final class GsoWriter {
  private final Lan lan;
  private final MemorySegment buffer;
  private final long address;
  private final TrafficCounters total;
  private final MemorySegment iovec = Arena.global().allocate(Iovecs.SIZE, 16);
  private long now;

  /**
   * @param buffer holds all packets that will be written
   */
  public GsoWriter(Lan lan, MemorySegment buffer, TrafficCounters total) {
    this.lan = lan;
    this.buffer = buffer;
    this.address = buffer.address();
    this.total = total;
  }

  /** Time put on the counters. */
  public void now(long nanos) {
    now = nanos;
  }

  /** One packet as it is. */
  void single(long at, int length, boolean verified) {
    long header = at - VnetHeader.LENGTH;
    VnetHeader.plain(buffer, header, verified ? VnetHeader.DATA_VALID : 0);
    Iovecs.set(iovec, 0, address + header, VnetHeader.LENGTH + length);
    count(lan.write(iovec, 1), 1, length);
  }

  /** What a slot holds, which is empty afterwards. */
  void write(FlowSlot slot) {
    if (slot.isEmpty()) {
      return;
    }
    int first = slot.headerLength() + slot.segmentPayload();
    if (slot.count() == 1) {
      single(slot.first(), first, true);
    } else {
      superPacket(slot, first);
    }
    slot.clear();
  }

  private void superPacket(FlowSlot slot, int firstLength) {
    long at = slot.first();
    long l4 = at + slot.l4();
    int total = slot.headerLength() + slot.payload();
    int l4Length = total - slot.l4();
    int protocol = slot.tcp() ? PacketView.TCP : PacketView.UDP;
    int checksumOffset = slot.tcp() ? 16 : 6;
    ipLength(slot, at, total);
    if (slot.tcp()) {
      if (slot.push()) {
        Wire.u8(buffer, l4 + 13, Wire.u8(buffer, l4 + 13) | 0x08);
      }
    } else {
      Wire.u16(buffer, l4 + 4, l4Length);
    }
    long sum = Checksum.pseudoHeader(buffer, at, slot.ipv6(), protocol, l4Length);
    Wire.u16(buffer, l4 + checksumOffset, Checksum.fold(sum));
    long header = at - VnetHeader.LENGTH;
    VnetHeader.gso(
        buffer,
        header,
        gsoType(slot),
        slot.headerLength(),
        slot.segmentPayload(),
        slot.l4(),
        checksumOffset);
    Iovecs.set(slot.iovecs(), 0, address + header, VnetHeader.LENGTH + firstLength);
    int bytes = slot.payload() + slot.count() * slot.headerLength();
    count(lan.write(slot.iovecs(), slot.count()), slot.count(), bytes);
  }

  private void ipLength(FlowSlot slot, long at, int total) {
    if (slot.ipv6()) {
      Wire.u16(buffer, at + 4, total - PacketView.IPV6_HEADER);
      return;
    }
    int old = Wire.u16(buffer, at + 2);
    Wire.u16(buffer, at + 2, total);
    Wire.u16(buffer, at + 10, Checksum.update(Wire.u16(buffer, at + 10), old, total));
  }

  private static int gsoType(FlowSlot slot) {
    if (!slot.tcp()) {
      return VnetHeader.GSO_UDP_L4;
    }
    return slot.ipv6() ? VnetHeader.GSO_TCPV6 : VnetHeader.GSO_TCPV4;
  }

  private void count(int result, int packets, int bytes) {
    if (result >= 0) {
      total.passed(packets, bytes, now);
      return;
    }
    boolean full = result == -Errno.EAGAIN || result == -Errno.ENOBUFS;
    total.dropped(full ? DropReason.TUN_QUEUE_FULL : DropReason.TUN_WRITE_FAILED, packets);
  }
}
