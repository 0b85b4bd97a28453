package dev.twinspan.agent.fleet.events;

import dev.twinspan.agent.fleet.events.Outbox.Entry;
import dev.twinspan.agent.fleet.events.Outbox.Found;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The outbox on disk: files of {@link RingRecord}s that are only appended to, named by the index of
 * the first event that may be in them; the oldest is deleted when all in it has left. Each begins
 * with a mark of what had left by then. What was appended outlives the process; what was synced, a
 * loss of power. For one thread at a time.
 */
final class RingFile implements AutoCloseable {
  private static final String NAME = "0[0-9]{18}\\.events";
  private static final int DIGITS = 19;

  /** Larger ones are not ours: they are neither read nor kept. */
  private static final int MOST_BYTES = 16 << 20;

  private final Path directory;
  private final long segmentBytes;

  /** First index → file; the last is written to. */
  private final NavigableMap<Long, Path> segments;

  private FileChannel channel;
  private long written;
  private long left;

  /** A ring and what was in it. */
  record Opened(RingFile ring, Found found) {}

  private RingFile(
      Path directory, long segmentBytes, NavigableMap<Long, Path> segments, long left, long next)
      throws IOException {
    this.directory = directory;
    this.segmentBytes = segmentBytes;
    this.segments = segments;
    this.left = left;
    if (segments.isEmpty()) {
      channel = begin(next);
    } else {
      channel =
          FileChannel.open(
              segments.lastEntry().getValue(), StandardOpenOption.WRITE, StandardOpenOption.APPEND);
      written = channel.size();
    }
  }

  /**
   * Reads what is there, and cuts a spoilt end off.
   *
   * @param segmentBytes of a file, from which on another is begun
   */
  static Opened open(Path directory, long segmentBytes) throws IOException {
    Files.createDirectories(directory);
    NavigableMap<Long, Path> segments = segments(directory);
    RingScan scan = new RingScan();
    for (var segment : segments.entrySet()) {
      Path file = segment.getValue();
      byte[] content = Files.size(file) > MOST_BYTES ? new byte[0] : Files.readAllBytes(file);
      int valid = scan.take(segment.getKey(), content);
      if (file.equals(segments.lastEntry().getValue()) && valid < Files.size(file)) {
        try (FileChannel torn = FileChannel.open(file, StandardOpenOption.WRITE)) {
          torn.truncate(valid);
        }
      }
    }
    Found found = scan.found();
    RingFile ring = new RingFile(directory, segmentBytes, segments, found.left(), found.next());
    ring.forget(found.left());
    return new Opened(ring, found);
  }

  /** Begins anew, whatever is there. */
  static RingFile replace(Path directory, long segmentBytes, Found state) throws IOException {
    Files.createDirectories(directory);
    for (Path file : segments(directory).values()) {
      Files.deleteIfExists(file);
    }
    List<Entry> entries = state.entries();
    long first = entries.isEmpty() ? state.next() : entries.getFirst().index();
    RingFile ring = new RingFile(directory, segmentBytes, new TreeMap<>(), state.left(), first);
    try {
      for (Entry entry : entries) {
        ring.append(entry);
      }
      ring.sync();
    } catch (IOException e) {
      ring.close();
      throw e;
    }
    return ring;
  }

  private static NavigableMap<Long, Path> segments(Path directory) throws IOException {
    NavigableMap<Long, Path> segments = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (name.matches(NAME)) {
          segments.put(Long.parseLong(name.substring(0, DIGITS)), file);
        }
      }
    }
    return segments;
  }

  void append(Entry entry) throws IOException {
    if (written >= segmentBytes) {
      FileChannel full = channel;
      channel = begin(entry.index());
      try (full) {
        full.force(false);
      }
    }
    write(channel, RingRecord.event(entry));
  }

  /** All up to this index have left: a process to come need not know of them. */
  void left(long index) throws IOException {
    left = index;
    write(channel, RingRecord.mark(index));
  }

  /** Deletes the files in which nothing above this index can be; never the last. */
  void forget(long gone) throws IOException {
    while (segments.size() > 1 && segments.higherKey(segments.firstKey()) <= gone + 1) {
      Files.deleteIfExists(segments.pollFirstEntry().getValue());
    }
  }

  /** What was appended is on the disk when this returns. */
  void sync() throws IOException {
    channel.force(false);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException _) {
      // What was appended has been handed to the kernel: there is nothing left to do.
    }
  }

  private FileChannel begin(long first) throws IOException {
    Path file = directory.resolve("%019d.events".formatted(first));
    FileChannel next =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    try {
      written = 0;
      write(next, RingRecord.mark(left));
    } catch (IOException e) {
      next.close();
      throw e;
    }
    segments.put(first, file);
    return next;
  }

  private void write(FileChannel to, RingRecord record) throws IOException {
    ByteBuffer bytes = record.encode();
    written += bytes.remaining();
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }
}
