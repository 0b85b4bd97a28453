package dev.twinspan.agent.bgp.message;

import java.util.Arrays;

/** Writes a message, big-endian; lengths are filled in when a structure is done. */
final class WireWriter {
  private byte[] bytes = new byte[256];
  private int length;

  int length() {
    return length;
  }

  WireWriter u8(int value) {
    check(value, 0xff);
    reserve(1);
    bytes[length++] = (byte) value;
    return this;
  }

  WireWriter u16(int value) {
    check(value, 0xffff);
    reserve(2);
    bytes[length++] = (byte) (value >> 8);
    bytes[length++] = (byte) value;
    return this;
  }

  WireWriter u32(long value) {
    return u16((int) (value >>> 16) & 0xffff).u16((int) value & 0xffff);
  }

  /** In two octets AS_TRANS stands for what does not fit (RFC 6793 section 4.2.2). */
  WireWriter asn(long asn, boolean fourOctets) {
    return fourOctets ? u32(asn) : u16(asn > 0xffff ? AsPath.AS_TRANS : (int) asn);
  }

  WireWriter bytes(byte[] data) {
    return bytes(data, data.length);
  }

  WireWriter bytes(byte[] data, int count) {
    reserve(count);
    System.arraycopy(data, 0, bytes, length, count);
    length += count;
    return this;
  }

  WireWriter nlri(Nlri nlri) {
    return u8(nlri.length()).bytes(nlri.addressBytes(), nlri.byteLength());
  }

  /** Overwrites 16 bits written before. */
  void patchU16(int offset, int value) {
    check(value, 0xffff);
    bytes[offset] = (byte) (value >> 8);
    bytes[offset + 1] = (byte) value;
  }

  byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  private void reserve(int count) {
    if (length + count > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(length + count, bytes.length * 2));
    }
  }

  private static void check(int value, int max) {
    if (value < 0 || value > max) {
      throw new IllegalArgumentException(value + " does not fit into 0.." + max);
    }
  }
}
