package dev.twinspan.datapath.packet;

import java.lang.foreign.MemorySegment;

/**
 * Lowers the MSS option of TCP SYNs to what fits the tunnel (RFC 9293 section 3.7.1; Azure asks for
 * 1350).
 */
public final class MssClamp {
  private static final int FLAGS = 13;
  private static final int SYN = 0x02;
  private static final int END = 0;
  private static final int NO_OPERATION = 1;
  private static final int MSS = 2;

  private MssClamp() {}

  /**
   * @param at of the IP packet {@code view} was parsed from
   * @param partialChecksum the checksum field covers the pseudo-header only (virtio NEEDS_CSUM), so
   *     options do not count
   * @return whether something was changed
   */
  public static boolean apply(
      MemorySegment s, long at, PacketView view, int mss, boolean partialChecksum) {
    if (mss == 0
        || view.tcpHeader() <= PacketView.TCP_HEADER
        || (Wire.u8(s, at + view.l4() + FLAGS) & SYN) == 0) {
      return false;
    }
    long tcp = at + view.l4();
    int option = PacketView.TCP_HEADER;
    while (option < view.tcpHeader()) {
      int kind = Wire.u8(s, tcp + option);
      if (kind == END) {
        return false;
      }
      if (kind == NO_OPERATION) {
        option++;
        continue;
      }
      if (view.tcpHeader() - option < 2) {
        return false;
      }
      int size = Wire.u8(s, tcp + option + 1);
      if (size < 2 || size > view.tcpHeader() - option) {
        return false;
      }
      if (kind == MSS && size == 4) {
        return lower(s, tcp, option + 2, mss, partialChecksum);
      }
      option += size;
    }
    return false;
  }

  private static boolean lower(
      MemorySegment s, long tcp, int field, int mss, boolean partialChecksum) {
    int old = Wire.u16(s, tcp + field);
    if (old <= mss) {
      return false;
    }
    Wire.u16(s, tcp + field, mss);
    if (!partialChecksum) {
      // At an odd offset the value lies across two words of the sum; swapped it weighs the same.
      boolean odd = (field & 1) != 0;
      int checksum = Wire.u16(s, tcp + 16);
      Wire.u16(
          s, tcp + 16, Checksum.update(checksum, odd ? swap(old) : old, odd ? swap(mss) : mss));
    }
    return true;
  }

  private static int swap(int word) {
    return (word & 0xFF) << 8 | word >>> 8;
  }
}
