package dev.twinspan.agent.rehearse.traffic;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;

/**
 * One file over one TCP connection to a {@link TcpServer}, checked by SHA-256 at the receiving end.
 *
 * <pre>
 *  0        1        9        17
 *  +--------+--------+--------+
 *  | verb   | length | seed   |   big-endian; the file is what {@link RandomBytes} makes of the seed
 *  +--------+--------+--------+
 *  'U' client sends the file, server answers with its SHA-256 (32 bytes)
 *  'D' server sends the file
 * </pre>
 */
public final class FileTransfer {
  static final int CHUNK = 64 * 1024;
  static final byte UP = 'U';
  static final byte DOWN = 'D';
  static final int DIGEST_LENGTH = 32;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private FileTransfer() {}

  /**
   * @param up from client to server, else from server to client
   * @return whether the checksum is right at the other end
   */
  static boolean run(InetSocketAddress server, boolean up, long length, long seed)
      throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(server, (int) PATIENCE.toMillis());
      socket.setSoTimeout((int) PATIENCE.toMillis());
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      DataInputStream in = new DataInputStream(socket.getInputStream());
      out.writeByte(up ? UP : DOWN);
      out.writeLong(length);
      out.writeLong(seed);
      byte[] expected = RandomBytes.digestOf(seed, length);
      if (up) {
        send(out, length, seed);
        return Arrays.equals(in.readNBytes(DIGEST_LENGTH), expected);
      }
      return Arrays.equals(receive(in, length), expected);
    }
  }

  static void send(DataOutputStream out, long length, long seed) throws IOException {
    RandomBytes bytes = new RandomBytes(seed);
    byte[] buffer = new byte[CHUNK];
    for (long left = length; left > 0; left -= buffer.length) {
      bytes.next(buffer);
      out.write(buffer, 0, (int) Math.min(left, buffer.length));
    }
    out.flush();
  }

  /** The SHA-256 of what came. */
  static byte[] receive(DataInputStream in, long length) throws IOException {
    MessageDigest digest = RandomBytes.sha256();
    byte[] buffer = new byte[CHUNK];
    for (long left = length; left > 0; ) {
      int count = in.read(buffer, 0, (int) Math.min(left, buffer.length));
      if (count < 0) {
        throw new java.io.EOFException(left + " of " + length + " bytes missing at the end");
      }
      digest.update(buffer, 0, count);
      left -= count;
    }
    return digest.digest();
  }
}
