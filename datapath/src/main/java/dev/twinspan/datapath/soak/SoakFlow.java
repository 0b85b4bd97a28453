package dev.twinspan.datapath.soak;

import dev.twinspan.datapath.packet.Checksum;
import dev.twinspan.datapath.packet.Wire;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One flow, at both its ends. Its packets are numbered: UDP carries the number in its first eight
 * bytes, TCP in the sequence number, each segment but a kilobyte.
 */
final class SoakFlow {
  static final int IP_HEADER = 20;
  static final int UDP_HEADER = 8;
  static final int TCP_HEADER = 20;
  static final int UDP = 17;
  static final int TCP = 6;
  static final int FIRST_PORT = 40_000;

  /** Of a TCP segment; a power of two, so that the numbers go on when the sequence wraps. */
  static final int SEGMENT_BITS = 10;

  static final int SEGMENT = 1 << SEGMENT_BITS;
  private static final long NUMBER_MASK = (1L << (32 - SEGMENT_BITS)) - 1;

  /** TCP begins 64 segments before its sequence numbers wrap; a multiple of 64. */
  private static final long FIRST_TCP = NUMBER_MASK + 1 - 64;

  private static final int SOURCE = 10 << 24 | 1 << 16 | 1;
  private static final int DESTINATION = 10 << 24 | 2 << 16 | 1;
  private static final int SOURCE_PORT = 9_000;
  private static final int VERSION_AND_LENGTH = 0x45;
  private static final int DONT_FRAGMENT = 0x4000;
  private static final int HOPS = 64;
  private static final int ACK = 5 << 12 | 0x10;
  private static final int TCP_WINDOW = 512;

  private final int index;
  private final boolean tcp;
  private final long seed;
  private final long first;
  private final ExactlyOnce arrived;
  private long next;

  SoakFlow(int index, boolean tcp, long seed) {
    this.index = index;
    this.tcp = tcp;
    this.seed = seed;
    first = tcp ? FIRST_TCP : 0;
    next = first;
    arrived = new ExactlyOnce(first);
  }

  long sent() {
    return next - first;
  }

  long arrived() {
    return arrived.arrived();
  }

  /** IP and L4. */
  int headerLength() {
    return IP_HEADER + (tcp ? TCP_HEADER : UDP_HEADER);
  }

  boolean tcp() {
    return tcp;
  }

  /**
   * Writes a packet, or a super-packet as the kernel hands it over: lengths of the whole, the L4
   * checksum a sum of the pseudo-header.
   *
   * @param size L4 payload of each packet but the last; TCP: {@link #SEGMENT}
   * @param last of the last
   * @return bytes
   */
  int write(MemorySegment to, long at, int packets, int size, int last) {
    int header = headerLength();
    int length = header + (packets - 1) * size + last;
    ip(to, at, length);
    long l4 = at + IP_HEADER;
    Wire.u16(to, l4, SOURCE_PORT);
    Wire.u16(to, l4 + 2, FIRST_PORT + index);
    if (tcp) {
      Wire.u32(to, l4 + 4, (int) (next << SEGMENT_BITS));
      Wire.u32(to, l4 + 8, 1);
      Wire.u16(to, l4 + 12, ACK);
      Wire.u16(to, l4 + 14, TCP_WINDOW);
      Wire.u32(to, l4 + 16, 0);
    } else {
      Wire.u16(to, l4 + 4, length - IP_HEADER);
    }
    int l4Length = length - IP_HEADER;
    long sum = Checksum.pseudoHeader(to, at, false, tcp ? TCP : UDP, l4Length);
    Wire.u16(to, l4 + (tcp ? 16 : 6), Checksum.fold(sum));
    long payload = at + header;
    for (int i = 0; i < packets; i++, payload += size) {
      int bytes = i == packets - 1 ? last : size;
      if (tcp) {
        Pattern.fill(to, payload, bytes, seed, next++);
      } else {
        Wire.u64(to, payload, next);
        Pattern.fill(to, payload + Long.BYTES, bytes - Long.BYTES, seed, next++);
      }
    }
    return length;
  }

  private void ip(MemorySegment to, long at, int length) {
    Wire.u8(to, at, VERSION_AND_LENGTH);
    Wire.u8(to, at + 1, 0);
    Wire.u16(to, at + 2, length);
    Wire.u16(to, at + 4, 0);
    Wire.u16(to, at + 6, DONT_FRAGMENT);
    Wire.u8(to, at + 8, HOPS);
    Wire.u8(to, at + 9, tcp ? TCP : UDP);
    Wire.u16(to, at + 10, 0);
    Wire.u32(to, at + 12, SOURCE);
    Wire.u32(to, at + 16, DESTINATION);
    Wire.u16(to, at + 10, ~Checksum.fold(Checksum.sum(to, at, IP_HEADER, 0)) & 0xFFFF);
  }

  /** Whether the headers of a packet are as they were sent. */
  boolean headersHold(MemorySegment in, long at, int length) {
    return Wire.u8(in, at) == VERSION_AND_LENGTH
        && Wire.u16(in, at + 2) == length
        && Wire.u8(in, at + 9) == (tcp ? TCP : UDP)
        && Wire.u32(in, at + 12) == SOURCE
        && Wire.u32(in, at + 16) == DESTINATION
        && Checksum.fold(Checksum.sum(in, at, IP_HEADER, 0)) == 0xFFFF
        && Wire.u16(in, at + IP_HEADER) == SOURCE_PORT
        && (tcp || Wire.u16(in, at + IP_HEADER + 4) == length - IP_HEADER);
  }

  /**
   * Takes the payload of one packet.
   *
   * @param sequence of TCP, of this packet
   * @return null, or what is wrong with it
   */
  @Nullable String take(MemorySegment in, long payload, int length, int sequence) {
    long number;
    boolean holds;
    if (tcp) {
      if (length != SEGMENT || (sequence & SEGMENT - 1) != 0) {
        return "a segment of another size than was sent";
      }
      number = arrived.unwrap(sequence >>> SEGMENT_BITS & NUMBER_MASK, NUMBER_MASK);
      holds = Pattern.holds(in, payload, length, seed, number);
    } else {
      if (length < Long.BYTES) {
        return "a datagram shorter than any that was sent";
      }
      number = Wire.u64(in, payload);
      holds = Pattern.holds(in, payload + Long.BYTES, length - Long.BYTES, seed, number);
    }
    if (!holds) {
      return "a payload that was not sent";
    }
    return arrived.arrive(number) ? null : "a packet twice, or one that was not sent";
  }
}
