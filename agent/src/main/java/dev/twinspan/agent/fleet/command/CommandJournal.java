package dev.twinspan.agent.fleet.command;

import dev.twinspan.agent.fleet.command.Ack.Stage;
import dev.twinspan.agent.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A file of one JSON object a line, appended to and flushed to the disk; the last line of an id
 * holds. Written anew, beside itself and renamed, when most of it is old. A line cut short by a
 * loss of power was not told to anybody yet, and is left out. For one thread at a time.
 */
final class CommandJournal implements Journal {
  private static final String FILE = "commands";
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final int MOST_BYTES = 4 << 20;
  private static final int MOST_LINE = 8 << 10;
  private static final int REWRITE_AFTER = 1024;

  private final Path directory;
  private final Path file;
  private final String boot;

  /** The last line of each id. */
  private final Map<String, String> lines = new LinkedHashMap<>();

  private int appended;

  CommandJournal(Path directory) {
    this.directory = directory;
    this.file = directory.resolve(FILE);
    this.boot = bootId();
  }

  private static String bootId() {
    try {
      return Files.readString(BOOT_ID).strip();
    } catch (IOException _) {
      return "";
    }
  }

  @Override
  public String boot() {
    return boot;
  }

  @Override
  public List<Entry> read() throws IOException {
    Map<String, Entry> entries = new LinkedHashMap<>();
    lines.clear();
    for (String line : text().split("\n")) {
      Entry entry = line.length() > MOST_LINE ? null : entry(line);
      if (entry != null) {
        entries.put(entry.ack().id(), entry);
        lines.put(entry.ack().id(), line);
      }
    }
    Files.createDirectories(directory);
    rewrite();
    return new ArrayList<>(entries.values());
  }

  private String text() throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw new IOException(
            "%s is larger than %d bytes: not this agent's, remove it".formatted(file, MOST_BYTES));
      }
      String text = new String(bytes, StandardCharsets.UTF_8);
      return text.substring(0, text.lastIndexOf('\n') + 1);
    } catch (NoSuchFileException _) {
      return "";
    }
  }

  private static @Nullable Entry entry(String line) {
    try {
      JsonNode tree = Json.parse(line);
      String id = tree.path("id").asString("");
      Optional<Stage> stage =
          Stream.of(Stage.values())
              .filter(s -> s.word().equals(tree.path("stage").asString("")))
              .findFirst();
      if (id.isEmpty() || stage.isEmpty()) {
        return null;
      }
      Ack ack =
          new Ack(
              id,
              tree.path("verb").asString(""),
              stage.get(),
              null,
              -1,
              text(tree, "reason"),
              text(tree, "sentence"),
              tree.get("result") instanceof ObjectNode result ? result : null);
      return new Entry(ack, tree.path("boot").asString(""));
    } catch (Json.Malformed _) {
      return null;
    }
  }

  private static @Nullable String text(JsonNode tree, String key) {
    return tree.has(key) ? tree.get(key).asString("") : null;
  }

  @Override
  public void keep(Ack ack) throws IOException {
    String line = line(ack);
    append(line);
    lines.remove(ack.id()); // the order is that of the last word
    lines.put(ack.id(), line);
    if (++appended > REWRITE_AFTER) {
      rewrite();
    }
  }

  private String line(Ack ack) {
    ObjectNode tree =
        Json.object()
            .put("id", ack.id())
            .put("verb", ack.verb())
            .put("stage", ack.stage().name().toLowerCase(Locale.ROOT))
            .put("boot", boot);
    if (ack.reason() != null) {
      tree.put("reason", ack.reason());
    }
    if (ack.sentence() != null) {
      tree.put("sentence", ack.sentence());
    }
    if (ack.result() != null) {
      tree.set("result", ack.result());
    }
    return Json.compact(tree);
  }

  private void append(String line) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
      long before = channel.size();
      try {
        write(channel, line + "\n");
      } catch (IOException e) {
        channel.truncate(before); // half a line would spoil the next
        throw e;
      }
    }
  }

  @Override
  public void forget(String id) {
    lines.remove(id);
  }

  private void rewrite() throws IOException {
    Path next = directory.resolve(FILE + ".new");
    try (FileChannel channel =
        FileChannel.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      StringBuilder all = new StringBuilder();
      lines.values().forEach(line -> all.append(line).append('\n'));
      write(channel, all.toString());
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
      names.force(true); // the name itself, fsync(2)
    }
    appended = 0;
  }

  private static void write(FileChannel channel, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    channel.force(true);
  }
}
