package dev.twinspan.agent.wire;

import java.util.Arrays;

/** Writes a message, big-endian; lengths are filled in when a structure is done. */
public final class WireWriter {
  private byte[] bytes = new byte[512];
  private int length;

  public int length() {
    return length;
  }

  public WireWriter u8(int value) {
    check(value, 0xff);
    reserve(1);
    bytes[length++] = (byte) value;
    return this;
  }

  public WireWriter u16(int value) {
    check(value, 0xffff);
    reserve(2);
    bytes[length++] = (byte) (value >> 8);
    bytes[length++] = (byte) value;
    return this;
  }

  /** The low 32 bits. */
  public WireWriter u32(long value) {
    return u16((int) (value >>> 16) & 0xffff).u16((int) value & 0xffff);
  }

  public WireWriter u64(long value) {
    return u32(value >>> 32).u32(value);
  }

  public WireWriter zeros(int count) {
    reserve(count);
    length += count;
    return this;
  }

  public WireWriter bytes(byte[] data) {
    return bytes(data, data.length);
  }

  /** The first {@code count} of them. */
  public WireWriter bytes(byte[] data, int count) {
    reserve(count);
    System.arraycopy(data, 0, bytes, length, count);
    length += count;
    return this;
  }

  /** Overwrites 16 bits written before. */
  public void patchU16(int offset, int value) {
    check(value, 0xffff);
    bytes[offset] = (byte) (value >> 8);
    bytes[offset + 1] = (byte) value;
  }

  /** Overwrites 32 bits written before. */
  public void patchU32(int offset, int value) {
    patchU16(offset, value >>> 16);
    patchU16(offset + 2, value & 0xffff);
  }

  public byte[] toByteArray() {
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
