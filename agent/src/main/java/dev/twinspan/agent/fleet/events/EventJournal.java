package dev.twinspan.agent.fleet.events;

import dev.twinspan.agent.fleet.events.Outbox.Entry;
import dev.twinspan.agent.fleet.events.Outbox.Found;
import dev.twinspan.agent.fleet.events.Outbox.Limits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outbox with its ring on disk. A disk that refuses is told once and costs nothing but that the
 * events in memory do not outlive the process; now and then it is tried again. For one thread at a
 * time, which may wait for the disk.
 */
public final class EventJournal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventJournal.class);

  /** Of the limit in bytes: as much may be of files that are done with but for their end. */
  private static final int SEGMENTS = 6;

  private static final Duration BETWEEN_TRIES = Duration.ofMinutes(1);

  private final Path directory;
  private final long segmentBytes;
  private final Outbox outbox;
  private @Nullable RingFile ring;
  private long leftOnDisk;
  private long failures;
  private long failedAt;
  private boolean told;

  private EventJournal(Path directory, Limits limits, Found found, @Nullable RingFile ring) {
    this.directory = directory;
    this.segmentBytes = segmentBytes(limits);
    this.outbox = new Outbox(limits, found);
    this.ring = ring;
    this.leftOnDisk = found.left();
  }

  /** With what an earlier process left there. */
  public static EventJournal open(Path directory, Limits limits, long nowNanos) {
    try {
      RingFile.Opened opened = RingFile.open(directory, segmentBytes(limits));
      return new EventJournal(directory, limits, opened.found(), opened.ring());
    } catch (IOException e) {
      EventJournal inMemory = new EventJournal(directory, limits, Found.NOTHING, null);
      inMemory.failed(e, nowNanos);
      return inMemory;
    }
  }

  private static long segmentBytes(Limits limits) {
    return limits.bytes() / SEGMENTS;
  }

  /** To be asked what is to be sent; what it takes in and lets go comes by this object. */
  public Outbox outbox() {
    return outbox;
  }

  /**
   * Takes events in; they are on the disk when this returns, if the disk takes them.
   *
   * @param lost how many were lost before these
   */
  public void add(long lost, List<byte[]> payloads, long nowNanos) {
    if (ring == null && nowNanos - failedAt >= BETWEEN_TRIES.toNanos()) {
      tryAgain(nowNanos);
    }
    outbox.skip(lost);
    List<Entry> entries = payloads.stream().map(outbox::add).toList();
    onDisk(
        nowNanos,
        file -> {
          for (Entry entry : entries) {
            file.append(entry);
          }
          file.forget(outbox.gone());
          file.sync();
        });
  }

  /** The broker has it. */
  public void acknowledged(long index, long nowNanos) {
    if (outbox.acknowledged(index) && outbox.left() > leftOnDisk) {
      long left = outbox.left();
      leftOnDisk = left;
      onDisk(
          nowNanos,
          file -> {
            file.left(left);
            file.forget(outbox.gone());
          });
    }
  }

  private interface Step {
    void on(RingFile file) throws IOException;
  }

  private void onDisk(long nowNanos, Step step) {
    RingFile file = ring;
    if (file == null) {
      return;
    }
    try {
      step.on(file);
    } catch (IOException e) {
      failed(e, nowNanos);
    }
  }

  private void tryAgain(long nowNanos) {
    try {
      ring = RingFile.replace(directory, segmentBytes, outbox.state());
      LOG.info("events for the fleet are kept in {} again", directory);
      told = false;
    } catch (IOException e) {
      failed(e, nowNanos);
    }
  }

  private void failed(IOException why, long nowNanos) {
    failures++;
    failedAt = nowNanos;
    close();
    if (!told) {
      told = true;
      LOG.warn(
          "events for the fleet cannot be kept in {} ({}): they are held in memory, and lost when"
              + " the agent ends before they are told",
          directory,
          why.toString());
    }
  }

  /** How often the disk refused. */
  public long failures() {
    return failures;
  }

  @Override
  public void close() {
    if (ring != null) {
      ring.close();
      ring = null;
    }
  }
}
