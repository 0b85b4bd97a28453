package dev.twinspan.agent.fleet.command;

import dev.twinspan.agent.capture.Capture;
import dev.twinspan.agent.capture.CaptureRequest;
import dev.twinspan.agent.capture.CaptureStart;
import dev.twinspan.agent.fleet.command.Hands.Report;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.AgentControl;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Captures into files of the box, for whoever may log in there: packets do not leave it over MQTT,
 * and keys are not given out. No file is larger than 16 MiB, and there are four at most.
 */
final class Recorder {
  static final long MOST_BYTES = 16L << 20;
  static final int MOST_FILES = 4;

  private static final String USER = "fleet";
  private static final String SUFFIX = ".pcapng";
  private static final long PERIOD_MILLIS = 50;
  private static final int STEPS = 10;

  private final AgentControl control;
  private final Path folder;
  private final Consumer<Report> reports;

  Recorder(AgentControl control, Path folder, Consumer<Report> reports) {
    this.control = control;
    this.folder = folder;
    this.reports = reports;
  }

  void begin(String id, Order.Capture order) {
    CompletableFuture<CaptureStart> started =
        control.capture(
            new CaptureRequest(
                order.tunnel(),
                true,
                true,
                false,
                CaptureRequest.MOST_SNAP,
                order.seconds(),
                Long.MAX_VALUE,
                USER));
    started.whenComplete(
        (start, failure) -> {
          switch (start) {
            case null -> end(id, "failed", "the control loop failed: " + failure);
            case CaptureStart.Refused refused ->
                end(id, refused.why().code().replace('-', '_'), refused.why().sentence());
            case CaptureStart.Running running ->
                Thread.ofVirtual()
                    .name("fleet-capture")
                    .start(() -> record(id, order, running.capture()));
          }
        });
  }

  private void end(String id, String reason, String sentence) {
    reports.accept(new Report.Ended(id, false, reason, sentence, null));
  }

  private void record(String id, Order.Capture order, Capture capture) {
    // An id has no separator in it; it may be "..", which the suffix makes a name.
    Path file = folder.resolve(id + SUFFIX);
    try {
      makeRoom(file);
      long bytes = write(id, order, capture, file);
      reports.accept(
          new Report.Ended(
              id,
              true,
              "ok",
              "%d packets in %s: %s".formatted(capture.kept(), file, capture.ended()),
              Json.object()
                  .put("file", file.toString())
                  .put("bytes", bytes)
                  .put("packets", capture.kept())
                  .put("dropped", capture.dropped())));
    } catch (IOException e) {
      capture.end("its file cannot be written");
      end(id, "not_written", "%s cannot be written: %s".formatted(file, e.getMessage()));
    } catch (InterruptedException _) {
      capture.end("the agent stops");
      Thread.currentThread().interrupt();
    } finally {
      capture.forgetKeys();
    }
  }

  /** Takes the oldest away. */
  private void makeRoom(Path next) throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files =
          all.filter(file -> file.toString().endsWith(SUFFIX) && !file.equals(next))
              .sorted(Comparator.comparingLong(file -> file.toFile().lastModified()))
              .toList();
    }
    for (Path old : files.subList(0, Math.max(0, files.size() - (MOST_FILES - 1)))) {
      Files.deleteIfExists(old);
    }
    Files.deleteIfExists(next);
  }

  private long write(String id, Order.Capture order, Capture capture, Path file)
      throws IOException, InterruptedException {
    ByteBuffer chunk = ByteBuffer.allocate(Capture.CHUNK);
    long began = System.nanoTime();
    int told = -1;
    try (FileChannel out =
        FileChannel.open(
            file,
            EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(
                Set.copyOf(PosixFilePermissions.fromString("rw-------"))))) {
      long written = 0;
      while (!capture.isFinished()) {
        boolean more = capture.drain(chunk.clear());
        chunk.flip();
        while (chunk.hasRemaining()) {
          written += out.write(chunk);
        }
        if (written >= MOST_BYTES) {
          capture.end("its file is full");
          return written;
        }
        int step = (int) ((System.nanoTime() - began) * STEPS / (order.seconds() * 1_000_000_000L));
        if (step != told && step < STEPS) {
          told = step;
          reports.accept(new Report.Step(id, "captures", step * 100 / STEPS));
        }
        if (!more) {
          Thread.sleep(PERIOD_MILLIS);
        }
      }
      return written;
    }
  }
}
