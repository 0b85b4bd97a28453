package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.rehearse.netns.Exec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sticks of a guest, one after the other: plugged in before its start or while it runs, and
 * pulled, by QEMU's monitor. The kernel for virtual machines knows no USB: a SCSI disk that says it
 * can be pulled. For one thread at a time.
 */
final class GuestSticks {
  private static final Duration ANSWERS = Duration.ofSeconds(30);

  /** Beside what is on it. */
  private static final long ROOM = 64L << 20;

  private static final String PROMPT = "(qemu) ";

  private final Path directory;
  private int made;
  private boolean plugged;

  GuestSticks(Path directory) {
    this.directory = directory;
  }

  private Path monitor() {
    return directory.resolve("monitor");
  }

  private Path image() {
    return directory.resolve("stick-%d.img".formatted(made));
  }

  /** For QEMU: a place for sticks, and the one that is plugged in. */
  List<String> options() {
    List<String> options =
        new ArrayList<>(
            List.of(
                "-monitor",
                "unix:%s,server=on,wait=off".formatted(monitor()),
                "-device",
                "virtio-scsi-pci,id=sticks,addr=0x8"));
    if (plugged) {
      options.addAll(List.of("-drive", drive(), "-device", device()));
    }
    return options;
  }

  private String drive() {
    return "if=none,id=stick-%d,format=raw,file=%s".formatted(made, image());
  }

  private String device() {
    return "scsi-hd,bus=sticks.0,drive=stick-%1$d,id=stick-%1$d,removable=on".formatted(made);
  }

  /**
   * A new one, with what is in the folder.
   *
   * @param runs whether the guest does
   */
  void plug(Path content, boolean runs) throws IOException {
    pull(runs);
    made++;
    long bytes = ROOM;
    List<String> copy = new ArrayList<>(List.of("mcopy", "-s", "-i", image().toString()));
    try (var all = Files.walk(content)) {
      for (Path file : all.toList()) {
        bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
        if (content.equals(file.getParent())) {
          copy.add(file.toString());
        }
      }
    }
    copy.add("::");
    Exec.run("truncate", "-s", Long.toString(bytes), image().toString()).orThrow();
    Exec.run("mkfs.vfat", "-n", "STICK", image().toString()).orThrow();
    Exec.run(copy, "", Duration.ofMinutes(5)).orThrow();
    plugged = true;
    if (runs) {
      ask("drive_add 0 " + drive(), "OK");
      ask("device_add " + device(), "");
    }
  }

  /** There may be none. */
  void pull(boolean runs) {
    if (plugged && runs) {
      ask("device_del stick-" + made, "");
    }
    plugged = false;
  }

  /** A file of the last one; empty when it is not there. */
  Optional<String> file(String name) {
    Exec.Result result = Exec.run("mtype", "-i", image().toString(), "::" + name);
    return result.ok() ? Optional.of(result.out()) : Optional.empty();
  }

  /** What QEMU's monitor says to a line, which it repeats as it comes in. */
  private void ask(String line, String wanted) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(monitor()));
      channel.configureBlocking(false);
      StringBuilder said = new StringBuilder();
      awaitPrompt(channel, said);
      said.setLength(0);
      channel.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.US_ASCII)));
      awaitPrompt(channel, said);
      String answer = said.toString();
      answer = answer.substring(answer.indexOf('\n') + 1).replace(PROMPT, "").strip();
      if (!answer.equals(wanted)) {
        throw new BenchException("QEMU says to %s: %s".formatted(line, answer));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void awaitPrompt(SocketChannel channel, StringBuilder said) {
    ByteBuffer some = ByteBuffer.allocate(4096);
    Await.orThrow(
        ANSWERS,
        () -> {
          try {
            while (channel.read(some.clear()) > 0) {
              said.append(StandardCharsets.US_ASCII.decode(some.flip()));
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return said.toString().endsWith(PROMPT);
        },
        "QEMU's monitor to answer",
        said::toString);
  }
}
