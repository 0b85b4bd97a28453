package dev.twinspan.datapath.worker;

import dev.twinspan.datapath.offload.Lan;
import dev.twinspan.datapath.packet.Checksum;
import dev.twinspan.datapath.packet.PacketView;
import dev.twinspan.datapath.packet.VnetHeader;
import dev.twinspan.datapath.packet.Wire;
import dev.twinspan.ffi.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A TUN in memory: gives the same batch of packets each time it is loaded, and takes what is
 * written without looking at it. One thread.
 */
public final class BenchLan implements Lan {
  /** As many as one segmented send takes. */
  private static final int DATAGRAMS = 64;

  /** Fill 64 KB at 1438 bytes. */
  private static final int SEGMENTS = 44;

  private static final int IPV4 = 20;
  private static final int TCP = 32;
  private static final int TIMESTAMPS = 0x0101080a;
  private static final int ACK_AND_LENGTH = 0x8010_0000;

  private final MemorySegment memory = Arena.ofAuto().allocate(1 << 17, 64);
  private final int[] lengths;
  private final int packets;
  private int next;
  private int at;

  private BenchLan(int reads, int packets) {
    this.packets = packets;
    lengths = new int[reads];
    next = reads;
  }

  /**
   * One super-packet of TCP on IPv4, to be cut into packets of that length.
   *
   * @param innerLength 100 to 1488
   */
  public static BenchLan tcp(int innerLength) {
    if (innerLength < 100 || innerLength > 1488) {
      throw new IllegalArgumentException(
          "packets of %d bytes, expected 100 to 1488".formatted(innerLength));
    }
    BenchLan lan = new BenchLan(1, SEGMENTS);
    int headers = IPV4 + TCP;
    int length = headers + SEGMENTS * (innerLength - headers);
    lan.lengths[0] = VnetHeader.LENGTH + length;
    MemorySegment s = lan.memory;
    long packet = VnetHeader.LENGTH;
    VnetHeader.gso(s, 0, VnetHeader.GSO_TCPV4, headers, innerLength - headers, IPV4, 16);
    lan.ipv4(packet, length, PacketView.TCP);
    long tcp = packet + IPV4;
    Wire.u16(s, tcp, 4660);
    Wire.u16(s, tcp + 2, 9);
    Wire.u32(s, tcp + 12, ACK_AND_LENGTH | 512);
    Wire.u32(s, tcp + 20, TIMESTAMPS);
    lan.pseudoHeader(packet, length, PacketView.TCP, 16);
    return lan;
  }

  /**
   * UDP datagrams on IPv4, their checksums to be completed, of so many flows in turns.
   *
   * @param innerLength 32 to 256
   * @param flows 1 to 64
   */
  public static BenchLan udp(int innerLength, int flows) {
    if (innerLength < 32 || innerLength > 256 || flows < 1 || flows > DATAGRAMS) {
      throw new IllegalArgumentException(
          "%d flows of packets of %d bytes, expected 1 to 64 of 32 to 256"
              .formatted(flows, innerLength));
    }
    BenchLan lan = new BenchLan(DATAGRAMS, DATAGRAMS);
    MemorySegment s = lan.memory;
    for (int i = 0; i < DATAGRAMS; i++) {
      long header = (long) i * (VnetHeader.LENGTH + innerLength);
      long packet = header + VnetHeader.LENGTH;
      lan.lengths[i] = VnetHeader.LENGTH + innerLength;
      VnetHeader.gso(s, header, VnetHeader.GSO_NONE, 0, 0, IPV4, 6);
      lan.ipv4(packet, innerLength, PacketView.UDP);
      Wire.u16(s, packet + IPV4, 5000 + i % flows);
      Wire.u16(s, packet + IPV4 + 2, 9);
      Wire.u16(s, packet + IPV4 + 4, innerLength - IPV4);
      lan.pseudoHeader(packet, innerLength, PacketView.UDP, 6);
    }
    return lan;
  }

  private void ipv4(long packet, int length, int protocol) {
    Wire.u16(memory, packet, 0x4500);
    Wire.u16(memory, packet + 2, length);
    Wire.u16(memory, packet + 6, 0x4000);
    Wire.u8(memory, packet + 8, 64);
    Wire.u8(memory, packet + 9, protocol);
    Wire.u32(memory, packet + 12, 0x0a010001);
    Wire.u32(memory, packet + 16, 0x0a020001);
    long sum = Checksum.sum(memory, packet, IPV4, 0);
    Wire.u16(memory, packet + 10, ~Checksum.fold(sum) & 0xFFFF);
  }

  private void pseudoHeader(long packet, int length, int protocol, int field) {
    long sum = Checksum.pseudoHeader(memory, packet, false, protocol, length - IPV4);
    Wire.u16(memory, packet + IPV4 + field, Checksum.fold(sum));
  }

  /** Inner packets of one batch, segments counted. */
  public int packets() {
    return packets;
  }

  /** The batch is there to be read, once more. */
  public void load() {
    next = 0;
    at = 0;
  }

  @Override
  public int read(MemorySegment buffer, long offset, int length) {
    if (next == lengths.length) {
      return -Errno.EAGAIN;
    }
    int n = lengths[next++];
    MemorySegment.copy(memory, at, buffer, offset, n);
    at += n;
    return n;
  }

  @Override
  public int write(MemorySegment iovecs, int count) {
    return count;
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
