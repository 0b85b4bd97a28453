package dev.twinspan.agent.ike.message;

import java.util.Arrays;

/** Writes a message, big-endian; lengths are filled in when a structure is done. */
final class WireWriter {
  private byte[] bytes = new byte[512];
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

  WireWriter u32(int value) {
    return u16(value >>> 16).u16(value & 0xffff);
  }

  WireWriter u64(long value) {
    return u32((int) (value >>> 32)).u32((int) value);
  }

  WireWriter zeros(int count) {
    reserve(count);
    length += count;
    return this;
  }

  WireWriter bytes(byte[] data) {
    reserve(data.length);
    System.arraycopy(data, 0, bytes, length, data.length);
    length += data.length;
    return this;
  }

  /** Overwrites 16 bits written before. */
  void patchU16(int offset, int value) {
    check(value, 0xffff);
    bytes[offset] = (byte) (value >> 8);
    bytes[offset + 1] = (byte) value;
  }

  /** Overwrites 32 bits written before. */
  void patchU32(int offset, int value) {
    patchU16(offset, value >>> 16);
    patchU16(offset + 2, value & 0xffff);
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
