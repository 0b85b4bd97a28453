package dev.twinspan.agent.capture;

import dev.twinspan.datapath.capture.CaptureRing.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The agent's stream, block by block, as {@link PcapngWriter} makes it: counts what passes, and
 * tells secrets from what belongs into the file.
 */
public final class PcapngReader {
  /** What one chunk of the agent holds. */
  private static final int LONGEST = Capture.CHUNK;

  private final InputStream in;
  private final long[] packets = new long[Kind.values().length];
  private final long[] dropped = new long[Kind.values().length];
  private long bytes;
  private byte[] block = {};
  private int type;

  public PcapngReader(InputStream in) {
    this.in = in;
  }

  /**
   * Reads the next block.
   *
   * @return false: the stream is at its end
   * @throws IOException when it is cut off or no pcapng of ours
   */
  public boolean next() throws IOException {
    byte[] head = in.readNBytes(8);
    if (head.length == 0) {
      return false;
    }
    if (head.length < 8) {
      throw new EOFException("the stream ends within a block");
    }
    ByteBuffer fields = little(head);
    type = fields.getInt();
    int length = fields.getInt();
    if (length < 12 || length > LONGEST || (length & 3) != 0) {
      throw new IOException("no pcapng: a block of " + length + " bytes");
    }
    Arrays.fill(block, (byte) 0); // it may have been a secret
    block = Arrays.copyOf(head, length);
    if (in.readNBytes(block, 8, length - 8) != length - 8) {
      throw new EOFException("the stream ends within a block");
    }
    if (little(block).getInt(length - 4) != length) {
      throw new IOException("no pcapng: a block's two lengths differ");
    }
    count();
    return true;
  }

  private void count() throws IOException {
    ByteBuffer fields = little(block);
    boolean statistics = type == PcapngWriter.INTERFACE_STATISTICS;
    if (type != PcapngWriter.ENHANCED_PACKET && !statistics) {
      return;
    }
    if (block.length < 32 || statistics && block.length < PcapngWriter.STATISTICS_LENGTH) {
      throw new IOException("no pcapng of ours: a short block");
    }
    int of = fields.getInt(8);
    if (of < 0 || of >= packets.length) {
      throw new IOException("no pcapng of ours: interface " + of);
    }
    if (statistics) {
      dropped[of] = fields.getLong(36);
    } else {
      packets[of]++;
      bytes += fields.getInt(20);
    }
  }

  /** The block as it came, for the file; null: it is a secret. */
  public byte @Nullable [] block() {
    return type == PcapngWriter.DECRYPTION_SECRETS ? null : block;
  }

  /** {@link Capture#IKE_KEYS} or {@link Capture#ESP_KEYS}; 0: no secret. */
  public int secretsType() {
    return type == PcapngWriter.DECRYPTION_SECRETS ? little(block).getInt(8) : 0;
  }

  /** The lines of a secret; the caller zeroes them. */
  public byte[] secrets() throws IOException {
    int length = little(block).getInt(12);
    if (length < 0 || length > block.length - 20) {
      throw new IOException("no pcapng of ours: a secret of " + length + " bytes");
    }
    return Arrays.copyOfRange(block, 16, 16 + length);
  }

  /** Whether the last block was of the kind a capture ends with. */
  public boolean isComplete() {
    return type == PcapngWriter.INTERFACE_STATISTICS;
  }

  public long packets(Kind kind) {
    return packets[kind.ordinal()];
  }

  public long packets() {
    return Arrays.stream(packets).sum();
  }

  public long dropped() {
    return Arrays.stream(dropped).sum();
  }

  public long dropped(Kind kind) {
    return dropped[kind.ordinal()];
  }

  /** Of captured packets. */
  public long bytes() {
    return bytes;
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
