package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.ike.crypto.Hex;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Bytes to be hostile with. */
final class WireBytes {
  private static final int NEXT_PAYLOAD = 16;
  private static final int VERSION = 17;
  private static final int EXCHANGE = 18;
  private static final int LENGTH = 24;

  private WireBytes() {}

  /**
   * @param header hex, up to the length, which is filled in
   * @param body hex, behind the payload's generic header
   */
  static byte[] message(String header, String body) {
    byte[] payload = Hex.bytes(body);
    return mendLength(
        Hex.bytes(header + "00000000 0000%04x".formatted(4 + payload.length) + Hex.text(payload)));
  }

  /** Makes the header's length the datagram's again, so that mutations get past it. */
  static byte[] mendLength(byte[] wire) {
    if (wire.length >= IkeHeader.LENGTH) {
      ByteBuffer.wrap(wire).putInt(LENGTH, wire.length);
    }
    return wire;
  }

  /** The bytes behind a header that is right in all but the type of the first payload. */
  static byte[] withPlausibleHeader(byte[] bytes) {
    byte[] wire = new byte[IkeHeader.LENGTH + bytes.length];
    System.arraycopy(bytes, 0, wire, IkeHeader.LENGTH, bytes.length);
    wire[0] = 1;
    wire[NEXT_PAYLOAD] = (byte) (33 + (Arrays.hashCode(bytes) & 15));
    wire[VERSION] = 0x20;
    wire[EXCHANGE] = 34;
    return mendLength(wire);
  }
}
