package dev.twinspan.datapath.worker;

import dev.twinspan.ffi.crypto.EncapVector;
import dev.twinspan.ffi.crypto.EspEncryptor;
import dev.twinspan.ffi.crypto.EspTransform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Inner packets waiting for one native call, and the ESP packets that came out of it, one behind
 * the other. Where each entry's output will lie is known beforehand, because ESP lengths are a
 * function of inner lengths: neighbours of equal size can leave in one send.
 */
final class EncapBatch {
  static final int MAX_ENTRIES = 128;

  /**
   * A 64 KB super-packet of the smallest MSS Linux takes (48) with everything ESP adds: 1366 × 140.
   */
  static final int OUT_BYTES = 256 << 10;

  private final MemorySegment vector =
      Arena.global().allocate((long) MAX_ENTRIES * EncapVector.ENTRY_SIZE, 64);
  private final MemorySegment out = Arena.global().allocate(OUT_BYTES, 64);
  private final long outAddress = out.address();
  private final int[] offset = new int[MAX_ENTRIES + 1];
  private final int[] packets = new int[MAX_ENTRIES];
  private final int[] bytes = new int[MAX_ENTRIES];
  private final int[] tos = new int[MAX_ENTRIES];
  private int entries;

  boolean isEmpty() {
    return entries == 0;
  }

  int entries() {
    return entries;
  }

  /** Whether an entry whose ESP packets take that many bytes still fits. */
  boolean hasRoom(int espBytes) {
    return entries < MAX_ENTRIES && espBytes <= OUT_BYTES - offset[entries];
  }

  /** Bytes of ESP that {@code total} bytes give when cut into segments. */
  static long espLength(EspTransform transform, int total, int headerLength, int gsoSize) {
    if (gsoSize == 0) {
      return transform.packetLength(total);
    }
    int segments = segments(total, headerLength, gsoSize);
    int last = total - (segments - 1) * gsoSize;
    return (long) (segments - 1) * transform.packetLength(headerLength + gsoSize)
        + transform.packetLength(last);
  }

  static int segments(int total, int headerLength, int gsoSize) {
    return gsoSize == 0 ? 1 : (total - headerLength + gsoSize - 1) / gsoSize;
  }

  /**
   * Adds an entry; see {@link EncapVector} for the fields.
   *
   * @param espBytes from {@link #espLength}
   * @param outerTos of the datagrams
   */
  void add(
      long in,
      int total,
      int gsoSize,
      int headerLength,
      int checksumStart,
      int checksumOffset,
      int flags,
      long sequence,
      int segments,
      int espBytes,
      int outerTos) {
    int i = entries++;
    int at = offset[i];
    EncapVector.set(
        vector,
        i,
        in,
        total,
        gsoSize,
        headerLength,
        checksumStart,
        checksumOffset,
        flags,
        outAddress + at,
        espBytes,
        sequence);
    packets[i] = segments;
    bytes[i] = total + (segments - 1) * headerLength;
    tos[i] = outerTos;
    offset[i + 1] = at + espBytes;
  }

  /** The one native call. */
  void encapsulate(EspEncryptor encryptor) {
    encryptor.encapsulate(vector, entries);
  }

  void clear() {
    entries = 0;
  }

  MemorySegment out() {
    return out;
  }

  /** Whether entry {@code i} came out as announced. */
  boolean done(int i) {
    return EncapVector.count(vector, i) == packets[i] && length(i) == offset[i + 1] - offset[i];
  }

  /** Where entry {@code i}'s ESP packets begin in {@link #out}; its end is the next one's start. */
  int offset(int i) {
    return offset[i];
  }

  int packets(int i) {
    return packets[i];
  }

  /** Inner bytes, headers of each segment counted. */
  int bytes(int i) {
    return bytes[i];
  }

  int tos(int i) {
    return tos[i];
  }

  /** Length of each ESP packet but the last. */
  int stride(int i) {
    return packets[i] == 1 ? EncapVector.lastLength(vector, i) : EncapVector.stride(vector, i);
  }

  int lastLength(int i) {
    return EncapVector.lastLength(vector, i);
  }

  private int length(int i) {
    return (packets[i] - 1) * stride(i) + lastLength(i);
  }
}
