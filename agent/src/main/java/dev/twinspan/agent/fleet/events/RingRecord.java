package dev.twinspan.agent.fleet.events;

import dev.twinspan.agent.fleet.events.Outbox.Entry;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A record of the ring's files; numbers are big-endian.
 *
 * <pre>
 *   0        4        8      9             17
 *   ├────────┼────────┼──────┼──────────────┼───────────
 *   │ length │ CRC32C │ kind │ index        │ payload …
 *   length   of kind, index and payload, over which the checksum goes
 *   kind     E: an event · M: all up to this index have left (no payload)
 * </pre>
 */
@SuppressWarnings("ArrayRecordComponent") // changed by nobody
record RingRecord(byte kind, long index, byte[] payload) {
  static final byte EVENT = 'E';
  static final byte MARK = 'M';

  /** Octets before the payload. */
  static final int HEADER = 17;

  private static final int CHECKED_FROM = 8;
  private static final int FIXED = HEADER - CHECKED_FROM;
  private static final int MOST = 64 << 10;
  private static final long LAST_INDEX = 999_999_999_999_999_999L;

  static RingRecord event(Entry entry) {
    return new RingRecord(EVENT, entry.index(), entry.payload());
  }

  static RingRecord mark(long index) {
    return new RingRecord(MARK, index, new byte[0]);
  }

  /** Ready to be written. */
  ByteBuffer encode() {
    ByteBuffer bytes = ByteBuffer.allocate(HEADER + payload.length);
    bytes.putInt(FIXED + payload.length).putInt(0).put(kind).putLong(index).put(payload);
    bytes.putInt(Integer.BYTES, checksum(bytes.array(), CHECKED_FROM, FIXED + payload.length));
    return bytes.flip();
  }

  /**
   * The one at the buffer's position, which then stands behind it; empty: there is no whole one.
   */
  static Optional<RingRecord> decode(ByteBuffer bytes) {
    if (bytes.remaining() < HEADER) {
      return Optional.empty();
    }
    int start = bytes.position();
    int length = bytes.getInt(start);
    if (length < FIXED || length > FIXED + MOST || length > bytes.remaining() - CHECKED_FROM) {
      return Optional.empty();
    }
    int sum = bytes.getInt(start + Integer.BYTES);
    byte kind = bytes.get(start + CHECKED_FROM);
    long index = bytes.getLong(start + CHECKED_FROM + 1);
    if (sum != checksum(bytes.array(), bytes.arrayOffset() + start + CHECKED_FROM, length)
        || (kind != EVENT && kind != MARK)
        || index < 0
        || index > LAST_INDEX) {
      return Optional.empty();
    }
    byte[] payload = new byte[length - FIXED];
    bytes.get(start + HEADER, payload);
    bytes.position(start + CHECKED_FROM + length);
    return Optional.of(new RingRecord(kind, index, payload));
  }

  private static int checksum(byte[] bytes, int from, int length) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, from, length);
    return (int) sum.getValue();
  }
}
