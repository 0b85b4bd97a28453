package dev.twinspan.agent.capture;

import dev.twinspan.agent.status.StatusClient;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Takes a capture from the agent's status socket. Blocking; {@link #stop} from any thread. */
public final class CaptureClient implements AutoCloseable {
  private static final int MOST_HEAD = 8192;
  private static final int MOST_ERROR = 64 << 10;

  private final SocketChannel channel;
  private final InputStream in;
  private final PcapngReader reader;
  private volatile boolean stopped;

  private CaptureClient(SocketChannel channel, InputStream in) {
    this.channel = channel;
    this.in = in;
    this.reader = new PcapngReader(in);
  }

  /** The agent does not want to; the message is its sentence. */
  public static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String body) {
      super(body);
    }
  }

  /**
   * @param query parameters of {@code /v1/capture}, encoded
   * @throws Refused with the JSON of the agent's answer
   */
  public static CaptureClient start(Path socket, String query) throws IOException, Refused {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      try {
        channel.connect(UnixDomainSocketAddress.of(socket));
      } catch (IOException e) {
        throw new IOException(new StatusClient(socket).why(e), e);
      }
      String request =
          "POST /v1/capture?" + query + " HTTP/1.1\r\nHost: twinspan\r\nContent-Length: 0\r\n\r\n";
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      InputStream in = new BufferedInputStream(Channels.newInputStream(channel), 64 << 10);
      String status = head(in);
      if (!status.startsWith("HTTP/1.1 200 ")) {
        String body = new String(in.readNBytes(MOST_ERROR), StandardCharsets.UTF_8);
        channel.close();
        throw new Refused(body);
      }
      return new CaptureClient(channel, in);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Reads the head of the answer; returns its first line. */
  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int octet = in.read();
      if (octet < 0 || head.length() > MOST_HEAD) {
        throw new IOException("the agent's answer is no HTTP");
      }
      head.append((char) octet);
    }
    return head.substring(0, head.indexOf("\r\n"));
  }

  public PcapngReader counts() {
    return reader;
  }

  /**
   * Has the agent end the capture; {@link #copy} then copies what is on its way. The second call
   * waits for nothing. Any thread.
   */
  public void stop() {
    try {
      if (stopped) {
        channel.close();
      } else {
        stopped = true;
        channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
      }
    } catch (IOException _) {
      // It is as closed as it can be.
    }
  }

  /**
   * Copies the stream until it ends.
   *
   * @param keys where secrets go; null: there are none
   * @param progress called after each block
   * @return whether it came to its proper end: its limit, or {@link #stop}
   */
  public boolean copy(OutputStream out, @Nullable KeyFolder keys, Runnable progress)
      throws IOException {
    while (next()) {
      byte[] block = reader.block();
      if (block != null) {
        out.write(block);
        if (in.available() == 0) {
          out.flush(); // somebody may be looking on
        }
      } else if (keys != null) {
        byte[] lines = reader.secrets();
        keys.add(reader.secretsType(), lines);
        Arrays.fill(lines, (byte) 0);
      }
      progress.run();
    }
    out.flush();
    return stopped || reader.isComplete();
  }

  private boolean next() throws IOException {
    try {
      return reader.next();
    } catch (IOException e) {
      if (stopped) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
