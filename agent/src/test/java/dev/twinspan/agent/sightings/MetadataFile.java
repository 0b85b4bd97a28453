package dev.twinspan.agent.sightings;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes reachability-metadata.json: an entry a line, sorted, so that a change shows as what it is.
 */
final class MetadataFile {
  private static final JsonMapper JSON = JsonMapper.shared();

  private MetadataFile() {}

  /**
   * @param text the file as it is
   * @return with what was omitted; DOWNCALL, UPCALL and UNSEEN are none of this file's
   */
  static String withAll(String text, List<Sighting> omitted) {
    ObjectNode root = (ObjectNode) JSON.readTree(text);
    Map<String, JsonNode> resources = new TreeMap<>();
    root.path("resources").forEach(entry -> resources.put(entry.toString(), entry));
    Map<String, ObjectNode> reflection = new TreeMap<>();
    root.path("reflection")
        .forEach(entry -> reflection.put(entry.path("type").toString(), (ObjectNode) entry));

    for (Sighting sighting : omitted) {
      String subject = sighting.subject();
      int mark = subject.indexOf('#');
      switch (sighting.kind()) {
        case TYPE, QUERY -> type(reflection, subject);
        case METHOD, LOOKUP, FIELD ->
            member(type(reflection, subject.substring(0, mark)), subject.substring(mark + 1));
        case RESOURCE -> entry(resources, "glob", subject);
        case BUNDLE -> entry(resources, "bundle", subject);
        case PROXY -> {
          ObjectNode type = JSON.createObjectNode();
          Stream.of(subject.split(",")).forEach(type.putArray("proxy")::add);
          reflection.computeIfAbsent(
              type.toString(), _ -> JSON.createObjectNode().set("type", type));
        }
        case SERVICE, DOWNCALL, UPCALL, UNSEEN -> {}
      }
    }
    List<String> sections = new ArrayList<>();
    sections.add(section("reflection", reflection.values().stream()));
    sections.add(section("resources", resources.values().stream()));
    return "{\n" + String.join(",\n", sections) + "\n}\n";
  }

  private static void entry(Map<String, JsonNode> resources, String key, String value) {
    ObjectNode entry = JSON.createObjectNode().put(key, value);
    resources.put(entry.toString(), entry);
  }

  private static ObjectNode type(Map<String, ObjectNode> reflection, String name) {
    return reflection.computeIfAbsent(
        '"' + name + '"', _ -> JSON.createObjectNode().put("type", name));
  }

  private static void member(ObjectNode type, String member) {
    ObjectNode entry = JSON.createObjectNode();
    boolean isMethod = member.endsWith(")");
    int open = member.indexOf('(');
    entry.put("name", isMethod ? member.substring(0, open) : member);
    if (isMethod) {
      String types = member.substring(open + 1, member.length() - 1);
      var array = entry.putArray("parameterTypes");
      Stream.of(types.split(",")).filter(t -> !t.isEmpty()).forEach(array::add);
    }
    String section = isMethod ? "methods" : "fields";
    SortedSet<String> all = new TreeSet<>();
    type.path(section).forEach(old -> all.add(old.toString()));
    all.add(entry.toString());
    var sorted = type.putArray(section);
    all.forEach(one -> sorted.add(JSON.readTree(one)));
  }

  private static String section(String name, Stream<? extends JsonNode> entries) {
    return entries
        .map(entry -> "    " + entry)
        .collect(Collectors.joining(",\n", "  \"" + name + "\": [\n", "\n  ]"));
  }
}
