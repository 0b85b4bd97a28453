package dev.twinspan.agent.board;

import dev.twinspan.agent.config.SchemaRules;
import dev.twinspan.agent.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.toml.TomlMapper;

/** Reads boards' files. A family has none above it; an array of the board's replaces its own. */
public final class BoardReader {
  /**
   * The one that this image was made for, as {@link BoardJson} writes it; image/build leaves it.
   */
  public static final Path OF_BOX = Path.of("/usr/share/twinspan-box/board.json");

  private static final int MOST_BYTES = 64 << 10;
  private static final String FAMILY = "family";
  private static final String ENDING = ".toml";
  private static final Pattern ID = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");

  private static final Logger LOG = LoggerFactory.getLogger(BoardReader.class);

  private static final class Rules {
    static final SchemaRules SCHEMA = new SchemaRules(schema());
  }

  private final TomlMapper toml = new TomlMapper();
  private final Path folder;

  /**
   * @param folder with a file for each board, and the families' in {@code family}
   */
  public BoardReader(Path folder) {
    this.folder = folder;
  }

  /**
   * The board that an image was made for; empty: this is none of ours, or its file is spoilt.
   *
   * @param json {@link #OF_BOX}
   */
  public static Optional<Board> installed(Path json) {
    try (InputStream in = Files.newInputStream(json)) {
      String text = new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
      if (Json.parse(text) instanceof ObjectNode tree) {
        return Optional.of(board(tree.path("id").asString(), tree));
      }
      throw new IllegalArgumentException("it is no object");
    } catch (NoSuchFileException _) {
      return Optional.empty();
    } catch (IOException | Json.Malformed | JacksonException | IllegalArgumentException e) {
      LOG.warn("{}: no board that could be gone by: {}", json, e.getMessage());
      return Optional.empty();
    }
  }

  /** By their ids, in order. */
  public List<String> ids() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(ENDING))
          .map(name -> name.substring(0, name.length() - ENDING.length()))
          .sorted()
          .toList();
    }
  }

  public List<Board> all() throws IOException, BoardException {
    List<Board> boards = new ArrayList<>();
    for (String id : ids()) {
      boards.add(read(id));
    }
    return boards;
  }

  public Board read(String id) throws IOException, BoardException {
    Path file = folder.resolve(id + ENDING);
    if (!ID.matcher(id).matches() || !Files.exists(file)) {
      throw new BoardException(
          folder, List.of("no board %s; there are %s".formatted(id, String.join(", ", ids()))));
    }
    ObjectNode board = tree(file);
    JsonNode family = board.remove(FAMILY);
    ObjectNode whole = family == null ? board : under(file, family.asString(""), board);
    List<String> wrong = Rules.SCHEMA.violations(whole).stream().map(Object::toString).toList();
    if (!wrong.isEmpty()) {
      throw new BoardException(file, wrong);
    }
    Board read = board(id, whole);
    if (read.status() != Board.Status.TESTED && !read.figures().isEmpty()) {
      throw new BoardException(
          file,
          List.of(
              "status: %s, but there are figures: expected tested, or no figures"
                  .formatted(word(read.status()))));
    }
    return read;
  }

  /** The board's values on top of its family's. */
  private ObjectNode under(Path file, String family, ObjectNode board)
      throws IOException, BoardException {
    Path common = folder.resolve(FAMILY).resolve(family + ENDING);
    if (!ID.matcher(family).matches() || !Files.exists(common)) {
      throw new BoardException(
          file, List.of("family: '%s', expected a file %s".formatted(family, common)));
    }
    ObjectNode whole = tree(common);
    if (whole.has(FAMILY)) {
      throw new BoardException(common, List.of("family: a family has none itself; remove it"));
    }
    lay(board, whole);
    return whole;
  }

  private static void lay(ObjectNode upper, ObjectNode lower) {
    upper
        .properties()
        .forEach(
            entry -> {
              if (entry.getValue() instanceof ObjectNode table
                  && lower.get(entry.getKey()) instanceof ObjectNode below) {
                lay(table, below);
              } else {
                lower.set(entry.getKey(), entry.getValue());
              }
            });
  }

  private ObjectNode tree(Path file) throws IOException, BoardException {
    try {
      return (ObjectNode) toml.readTree(Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new BoardException(file, List.of("is not there"));
    } catch (JacksonException e) {
      throw new BoardException(
          file, List.of("line %d: no TOML".formatted(Math.max(1, e.getLocation().getLineNr()))));
    }
  }

  private static Board board(String id, ObjectNode tree) {
    JsonNode crypto = tree.path("crypto");
    JsonNode boot = tree.path("boot");
    JsonNode image = tree.path("image");
    JsonNode network = tree.path("network");
    return new Board(
        id,
        tree.path("name").asString(),
        Board.Status.valueOf(tree.path("status").asString().toUpperCase(Locale.ROOT)),
        tree.path("architecture").asString(),
        new Board.Crypto(crypto.path("class").asString(), crypto.path("back-end").asString()),
        new Board.Boot(
            boot.path("back-end").asString(),
            texts(boot.path("console")),
            texts(boot.path("files")),
            boot.path("raw-at-kib").asInt(0)),
        new Board.Image(
            image.path("kernel").asString(),
            image.path("kernel-suite").asString("trixie"),
            texts(image.path("packages")),
            texts(image.path("device-trees")),
            texts(image.path("drivers")),
            image.path("boot-mib").asInt(),
            image.path("slot-mib").asInt(),
            image.path("data-mib").asInt()),
        new Board.Network(
            network.path("wan").asString(),
            texts(network.path("lan")),
            texts(network.path("offloads-off"))),
        tree.path("agent").path("cores").asInt(),
        tree.path("agent").path("nice").asInt(0),
        new Board.Watchdog(
            tree.path("watchdog").path("device").asString(),
            tree.path("watchdog").path("seconds").asInt()),
        tree.path("leds").path("status").asString(""),
        tree.path("temperature").path("zone").asString(),
        tree.path("figures").valueStream().map(BoardReader::figure).toList());
  }

  private static Board.Figure figure(JsonNode figure) {
    return new Board.Figure(
        figure.path("what").asString(),
        figure.path("value").asDouble(),
        figure.path("unit").asString(),
        figure.path("machine").asString(),
        figure.path("commit").asString());
  }

  private static List<String> texts(JsonNode array) {
    return array.valueStream().map(JsonNode::asString).toList();
  }

  static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static String schema() {
    try (InputStream in = BoardReader.class.getResourceAsStream("board.schema.json")) {
      if (in == null) {
        throw new IllegalStateException("resource board.schema.json is missing from the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("resource board.schema.json", e);
    }
  }
}
