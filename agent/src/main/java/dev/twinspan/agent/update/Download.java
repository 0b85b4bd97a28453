package dev.twinspan.agent.update;

import dev.twinspan.agent.crypto.FipsTls;
import dev.twinspan.agent.crypto.Https;
import dev.twinspan.agent.crypto.Sha256;
import dev.twinspan.agent.wire.ForeignText;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches a bundle over HTTPS into a file that grows, and goes on where it ended: after a
 * connection that broke, an end of the agent, a power cut (RFC 9110 section 14, Range). No octet
 * more is taken than was announced, and none is looked at before the digest of all is right. One
 * thread; blocks.
 */
final class Download {
  private static final Logger LOG = LoggerFactory.getLogger(Download.class);

  /** Left free for everybody else. */
  static final long SPARE_BYTES = 16 << 20;

  /** A power cut costs no more than this; and so seldom is flash made to write at once. */
  static final int DURABLE_BYTES = 4 << 20;

  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final int MOST_IDLE_ATTEMPTS = 12;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
  private static final int OK = 200;
  private static final int PARTIAL = 206;

  private final UpdateOrder order;
  private final Path file;
  private final SSLContext tls;
  private final Duration stall;
  private final Duration firstWait;
  private final IntConsumer percent;

  /**
   * @param file that grows
   * @param stall without an octet for so long a connection is given up
   * @param firstWait before another attempt; doubles
   * @param percent told as it goes
   */
  Download(
      UpdateOrder order,
      Path file,
      SSLContext tls,
      Duration stall,
      Duration firstWait,
      IntConsumer percent) {
    this.order = order;
    this.file = file;
    this.tls = tls;
    this.stall = stall;
    this.firstWait = firstWait;
    this.percent = percent;
  }

  /** Another attempt may do. */
  private static final class Unreachable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreachable(String why) {
      super(why);
    }
  }

  /** Returns when the whole bundle is on the disk. */
  void run() throws UpdateRefusal, InterruptedException {
    boolean kept = cutBack() > 0;
    fetch();
    String is = judge();
    if (kept && !is.equals(order.sha256())) {
      LOG.warn("what an earlier download has left of {} is spoiled: fetched anew", order.url());
      fetch();
      is = judge();
    }
    if (!is.equals(order.sha256())) {
      throw new UpdateRefusal(
          "hash",
          "%s: sha256 is %s, that of the %d bytes there is %s"
              .formatted(order.url(), order.sha256(), order.size(), is));
    }
  }

  /**
   * To what is durable: a power cut may have left the end of a file without its content, as ext4
   * writes that it is so long before what is in it.
   *
   * @return how much is left
   */
  private long cutBack() throws UpdateRefusal {
    long there = there();
    if (there == 0 || there == order.size()) {
      return there;
    }
    // At a multiple of it the call that makes it durable may not have returned.
    long durable = (there - 1) / DURABLE_BYTES * DURABLE_BYTES;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(durable);
    } catch (IOException e) {
      throw unwritable(e);
    }
    return durable;
  }

  private void fetch() throws UpdateRefusal, InterruptedException {
    long there = there();
    Duration wait = firstWait;
    for (int idle = 0; there < order.size(); ) {
      String why = "the connection ended early";
      try {
        body(there);
      } catch (Unreachable e) {
        why = String.valueOf(e.getMessage());
      }
      long now = there();
      if (now == order.size()) {
        break;
      }
      idle = now > there ? 0 : idle + 1;
      wait = now > there ? firstWait : min(wait.multipliedBy(2), LONGEST_WAIT);
      there = now;
      if (idle == MOST_IDLE_ATTEMPTS) {
        throw new UpdateRefusal(
            "unreachable",
            "%s cannot be fetched, %d of %d bytes are there: %s"
                .formatted(order.url(), there, order.size(), why));
      }
      Thread.sleep(wait);
    }
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** What the last attempt has left; of another, longer bundle nothing counts. */
  private long there() throws UpdateRefusal {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      long size = Files.exists(file) ? Files.size(file) : 0;
      if (size > order.size()) {
        Files.delete(file);
        size = 0;
      }
      long room = Files.getFileStore(file.toAbsolutePath().getParent()).getUsableSpace();
      long needed = order.size() - size + SPARE_BYTES;
      if (size < order.size() && room < needed) {
        throw new UpdateRefusal(
            "disk_full",
            "%s has room for %d bytes, and the bundle needs %d: make room there"
                .formatted(file.toAbsolutePath().getParent(), room, needed));
      }
      return size;
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private UpdateRefusal unwritable(IOException e) {
    return new UpdateRefusal(
        "not_durable", "%s cannot be written: %s".formatted(file, e.getMessage()));
  }

  private void body(long there) throws UpdateRefusal, Unreachable, InterruptedException {
    FipsTls.enter(tls);
    HttpClient client = Https.client(tls, CONNECT);
    AtomicLong octets = new AtomicLong();
    Thread watch = Thread.ofVirtual().name("update-watch").start(() -> watch(client, octets));
    try {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(order.url())).timeout(stall).GET();
      if (there > 0) {
        request.header("Range", "bytes=" + there + "-");
      }
      HttpResponse<InputStream> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream in = response.body()) {
        copy(in, from(response, there), octets);
      }
    } catch (IOException e) {
      throw new Unreachable(ForeignText.why(e));
    } finally {
      watch.interrupt();
      client.shutdownNow();
    }
  }

  /** Without an octet for a while there will be none. */
  private void watch(HttpClient client, AtomicLong octets) {
    try {
      for (long before = -1; octets.get() != before; ) {
        before = octets.get();
        Thread.sleep(stall);
      }
      client.shutdownNow();
    } catch (InterruptedException _) {
      // It is over.
    }
  }

  /** Where the body begins; what is longer than announced is not even begun. */
  private long from(HttpResponse<InputStream> response, long there)
      throws UpdateRefusal, Unreachable {
    int status = response.statusCode();
    if (status >= 500) {
      throw new Unreachable("the server answers %d".formatted(status));
    }
    String range = response.headers().firstValue("content-range").orElse("");
    String whole = "bytes %d-%d/%d".formatted(there, order.size() - 1, order.size());
    if (status != OK && (status != PARTIAL || !range.equals(whole))) {
      throw new UpdateRefusal(
          "url",
          "%s: the server answers %d %s, expected 200 or %s of 206: give the URL of the file itself, that this box's certificate may read"
              .formatted(order.url(), status, ForeignText.printable(range), whole));
    }
    long from = status == OK ? 0 : there;
    long length = response.headers().firstValueAsLong("content-length").orElse(-1);
    if (length >= 0 && length != order.size() - from) {
      throw size(length + from);
    }
    return from;
  }

  private UpdateRefusal size(long is) {
    return new UpdateRefusal(
        "size",
        "%s: size is %d, that of the file there %d bytes".formatted(order.url(), order.size(), is));
  }

  private void copy(InputStream in, long from, AtomicLong octets)
      throws IOException, UpdateRefusal {
    FileChannel to;
    try {
      to = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw unwritable(e);
    }
    try (to) {
      to.truncate(from);
      to.position(from);
      byte[] buffer = new byte[64 << 10];
      long at = from;
      for (int read = in.read(buffer, 0, most(at, buffer));
          read >= 0;
          read = in.read(buffer, 0, most(at, buffer))) {
        if (at + read > order.size()) {
          throw size(at + read);
        }
        at += read;
        write(to, ByteBuffer.wrap(buffer, 0, read), at % DURABLE_BYTES == 0);
        octets.addAndGet(read);
        percent.accept((int) (at * 100 / order.size()));
      }
      write(to, ByteBuffer.allocate(0), true);
    }
  }

  /** To the next multiple: behind it nothing stands before all ahead of it is durable. */
  private static int most(long at, byte[] buffer) {
    return (int) Math.min(buffer.length, DURABLE_BYTES - at % DURABLE_BYTES);
  }

  private void write(FileChannel to, ByteBuffer bytes, boolean durable) throws UpdateRefusal {
    try {
      while (bytes.hasRemaining()) {
        to.write(bytes);
      }
      if (durable) {
        to.force(true);
      }
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /**
   * Of what is on the disk.
   *
   * @return its SHA-256; when that is another than it should be, the file is gone
   */
  private String judge() throws UpdateRefusal {
    try {
      String is;
      try (InputStream in = Files.newInputStream(file)) {
        is = Sha256.of(FipsTls.isOf(tls)).hex(in);
      }
      if (!is.equals(order.sha256())) {
        Files.delete(file);
      }
      return is;
    } catch (IOException e) {
      throw unwritable(e);
    }
  }
}
