package dev.twinspan.datapath.packet;

import java.lang.foreign.MemorySegment;

/**
 * Cuts an IPv4 packet without DF into fragments that fit the tunnel, as a router does (RFC 791
 * section 3.2, RFC 1812 section 4.2.2.7): before encryption, so that ESP packets never are.
 */
public final class Ip4Fragmenter {
  private static final int MORE_FRAGMENTS = 0x2000;
  private static final int OFFSET_MASK = 0x1FFF;
  private static final int COPIED = 0x80;
  private static final int NO_OPERATION = 1;

  private Ip4Fragmenter() {}

  /** Payload bytes per fragment but the last: a multiple of 8. */
  public static int payloadPerFragment(int header, int mtu) {
    return (mtu - header) / 8 * 8;
  }

  /**
   * Writes the fragment whose payload starts at {@code from} within the packet's payload.
   *
   * @param header bytes of the packet's IP header
   * @param length bytes of the whole packet
   * @return length of the fragment, at {@code outAt}
   */
  public static int write(
      MemorySegment s,
      long at,
      int header,
      int length,
      int from,
      int mtu,
      MemorySegment out,
      long outAt) {
    int payload = length - header;
    int size = Math.min(payloadPerFragment(header, mtu), payload - from);
    MemorySegment.copy(s, at, out, outAt, header);
    MemorySegment.copy(s, at + header + from, out, outAt + header, size);
    int field = Wire.u16(s, at + 6);
    boolean last = from + size == payload;
    int next = (field & OFFSET_MASK) + from / 8;
    Wire.u16(out, outAt + 6, next | (last ? field & MORE_FRAGMENTS : MORE_FRAGMENTS));
    Wire.u16(out, outAt + 2, header + size);
    if (from > 0) {
      blankOptionsNotCopied(out, outAt, header);
    }
    Wire.u16(out, outAt + 10, 0);
    Wire.u16(out, outAt + 10, ~Checksum.fold(Checksum.sum(out, outAt, header, 0)));
    return header + size;
  }

  /** Options without the copied flag belong to the first fragment only. */
  private static void blankOptionsNotCopied(MemorySegment out, long at, int header) {
    int option = PacketView.IPV4_HEADER;
    while (option < header) {
      int kind = Wire.u8(out, at + option);
      int size = kind <= NO_OPERATION || option + 1 == header ? 1 : Wire.u8(out, at + option + 1);
      size = Math.clamp(size, 1, header - option);
      if ((kind & COPIED) == 0 && kind != 0) {
        for (int i = 0; i < size; i++) {
          Wire.u8(out, at + option + i, NO_OPERATION);
        }
      }
      option += size;
    }
  }
}
