package dev.twinspan.agent.fleet;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Ends a connection on which a packet is announced that is longer than CONNECT allows. Paho makes
 * an array of the announced length, up to 256 MB, before it has read a byte of it.
 *
 * <pre>
 *   type, flags (1) | remaining length (1–4, 7 bits each, least first) | …    MQTT 5 section 2.1
 * </pre>
 */
final class PacketLimit extends FilterInputStream {
  private static final int MOST_LENGTH_OCTETS = 4;

  private final long most;

  /** Octets of the fixed header that were seen. */
  private int seen;

  private long length;

  /** Octets of the packet that are still to come. */
  private long left;

  /**
   * @param most bytes behind the fixed header
   */
  PacketLimit(InputStream in, long most) {
    super(in);
    this.most = most;
  }

  @Override
  public int read() throws IOException {
    int octet = super.read();
    if (octet >= 0) {
      look(octet);
    }
    return octet;
  }

  @Override
  public int read(byte[] into, int from, int count) throws IOException {
    int got = super.read(into, from, count);
    for (int i = 0; i < got; i++) {
      if (left > got - i) {
        left -= got - i;
        break;
      }
      look(into[from + i] & 0xff);
    }
    return got;
  }

  private void look(int octet) throws IOException {
    if (left > 0) {
      left--;
      return;
    }
    if (seen++ == 0) {
      length = 0;
      return;
    }
    length |= (octet & 0x7fL) << 7 * (seen - 2);
    boolean more = (octet & 0x80) != 0;
    if (more && seen > MOST_LENGTH_OCTETS || length > most) {
      throw new IOException(
          "the broker announces a packet of %d bytes or more, expected at most %d"
              .formatted(length, most));
    }
    if (!more) {
      left = length;
      seen = 0;
    }
  }
}
