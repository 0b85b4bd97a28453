package dev.twinspan.agent.sightings;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the image builder is told by the files in {@code META-INF/native-image} of a class path, in
 * the one format of today (reachability-metadata.json) and in the older ones of libraries and of
 * picocli's generator. Conditions are taken as met: what is seen was reached.
 */
final class Metadata {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Pattern STARS = Pattern.compile("\\*+");
  private static final Path FOLDER = Path.of("META-INF", "native-image");

  /** By type: its members' names, {@code name(types)} for methods, and {@code all…} flags. */
  private final Map<String, Set<String>> types = new HashMap<>();

  private final List<Pattern> resources = new ArrayList<>();
  private final Set<String> bundles = new HashSet<>();
  private final Set<String> proxies = new HashSet<>();

  /** Of a class path's shipped entries, as {@code java.class.path} has them. */
  static Metadata ofClassPath(String classPath) throws IOException {
    Metadata metadata = new Metadata();
    for (String entry : classPath.split(":")) {
      Path path = Path.of(entry);
      if (!Origin.isShipped(entry) || !Files.exists(path)) {
        continue;
      }
      if (Files.isDirectory(path)) {
        metadata.readAll(path.resolve(FOLDER));
      } else {
        try (FileSystem jar = FileSystems.newFileSystem(path)) {
          metadata.readAll(jar.getPath(FOLDER.toString()));
        }
      }
    }
    return metadata;
  }

  private void readAll(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
        read(file.getFileName().toString(), Files.readString(file));
      }
    }
  }

  /**
   * @param name tells the format
   */
  void read(String name, String content) {
    JsonNode root = JSON.readTree(content);
    switch (name) {
      case "reachability-metadata.json" -> {
        root.path("reflection").forEach(this::type);
        root.path("resources").forEach(this::resource);
      }
      case "reflect-config.json" -> root.forEach(this::type);
      case "resource-config.json" -> {
        JsonNode listed = root.path("resources");
        (listed.isArray() ? listed : listed.path("includes"))
            .forEach(entry -> resources.add(Pattern.compile(entry.path("pattern").asString())));
        root.path("bundles").forEach(entry -> bundles.add(entry.path("name").asString()));
      }
      case "proxy-config.json" ->
          root.forEach(
              entry -> proxies.add(names(entry.isArray() ? entry : entry.path("interfaces"))));
      default -> {} // of JNI, and what is none of ours
    }
  }

  private void type(JsonNode entry) {
    JsonNode type = entry.has("type") ? entry.path("type") : entry.path("name");
    if (type.isObject()) {
      proxies.add(names(type.path("proxy")));
      return;
    }
    Set<String> members = types.computeIfAbsent(type.asString(), _ -> new HashSet<>());
    entry
        .propertyStream()
        .filter(flag -> flag.getValue().isBoolean() && flag.getValue().asBoolean())
        .forEach(flag -> members.add(flag.getKey()));
    entry
        .path("methods")
        .forEach(
            method ->
                members.add(
                    method.path("name").asString()
                        + "("
                        + names(method.path("parameterTypes"))
                        + ")"));
    entry.path("fields").forEach(field -> members.add(field.path("name").asString()));
  }

  private void resource(JsonNode entry) {
    if (entry.has("bundle")) {
      bundles.add(entry.path("bundle").asString());
    } else {
      resources.add(glob(entry.path("glob").asString()));
    }
  }

  /** {@code *} is any part of one folder's or file's name, {@code **} any folders. */
  private static Pattern glob(String glob) {
    StringBuilder pattern = new StringBuilder();
    Matcher stars = STARS.matcher(glob);
    int from = 0;
    while (stars.find()) {
      pattern.append(Pattern.quote(glob.substring(from, stars.start())));
      pattern.append(stars.group().length() > 1 ? ".*" : "[^/]*");
      from = stars.end();
    }
    return Pattern.compile(pattern + Pattern.quote(glob.substring(from)));
  }

  private static String names(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false)
        .map(JsonNode::asString)
        .collect(Collectors.joining(","));
  }

  /** Whether the image will find it. */
  boolean lists(Sighting sighting) {
    String subject = sighting.subject();
    // picocli and Jackson go without it where there is none, as the edition's runtime has none.
    if (subject.startsWith("java.sql.")) {
      return true;
    }
    return switch (sighting.kind()) {
      // All members of a listed type may be asked for; invoking one is another matter.
      case TYPE, QUERY -> types.containsKey(subject);
      case METHOD, FIELD -> listsMember(subject, sighting.open(), "all");
      case LOOKUP ->
          listsMember(subject, sighting.open(), "all")
              || listsMember(subject, sighting.open(), "queryAll");
      case RESOURCE -> resources.stream().anyMatch(glob -> glob.matcher(subject).matches());
      case BUNDLE -> bundles.contains(subject);
      // The builder takes in each service whose loader is reached, with its providers.
      case SERVICE -> true;
      case PROXY -> proxies.contains(subject);
      // Downcall's own test compares the catalogue with its metadata.
      case DOWNCALL -> sighting.caller().equals("dev.twinspan.ffi.catalogue.Downcall");
      case UPCALL, UNSEEN -> false;
    };
  }

  /**
   * @param open whether it is public
   * @param all how the flags begin that would do for it
   */
  private boolean listsMember(String subject, boolean open, String all) {
    int mark = subject.indexOf('#');
    Set<String> members = types.getOrDefault(subject.substring(0, mark), Set.of());
    String member = subject.substring(mark + 1);
    String plural =
        member.startsWith("<init>") ? "Constructors" : member.endsWith(")") ? "Methods" : "Fields";
    return members.contains(member)
        || members.contains(all + "Declared" + plural)
        || open && members.contains(all + "Public" + plural);
  }
}
