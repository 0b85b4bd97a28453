package dev.twinspan.agent.config;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One map of the file. What has the wrong type reads as absent: {@link ConfigSchema} has reported
 * it.
 */
record Section(JsonNode node, String path, Problems problems) {
  Section section(String key) {
    return new Section(node.path(key), at(key), problems);
  }

  List<Section> sections(String key) {
    JsonNode list = node.path(key);
    return IntStream.range(0, list.isArray() ? list.size() : 0)
        .mapToObj(i -> new Section(list.path(i), YamlTree.child(at(key), i), problems))
        .toList();
  }

  boolean has(String key) {
    return node.has(key);
  }

  String at(String key) {
    return YamlTree.child(path, key);
  }

  @Nullable Located<String> text(String key) {
    JsonNode value = node.path(key);
    return value.isString() ? new Located<>(at(key), value.asString()) : null;
  }

  String text(String key, String otherwise) {
    Located<String> text = text(key);
    return text == null ? otherwise : text.value();
  }

  int number(String key, int otherwise) {
    JsonNode value = node.path(key);
    return value.isIntegralNumber() && value.canConvertToInt() ? value.asInt() : otherwise;
  }

  @Nullable Located<Long> number(String key) {
    JsonNode value = node.path(key);
    return value.isIntegralNumber() && value.canConvertToLong()
        ? new Located<>(at(key), value.asLong())
        : null;
  }

  boolean flag(String key, boolean otherwise) {
    JsonNode value = node.path(key);
    return value.isBoolean() ? value.asBoolean() : otherwise;
  }

  @Nullable Located<InetAddress> address(String key) {
    Located<String> text = text(key);
    if (text == null) {
      return null;
    }
    try {
      return new Located<>(text.path(), Addresses.address(text.value()));
    } catch (Addresses.Malformed e) {
      problems.error(text.path(), e.sentence());
      return null;
    }
  }

  @Nullable Located<Prefix> prefix(String key) {
    Located<String> text = text(key);
    return text == null ? null : prefix(text);
  }

  List<Located<Prefix>> prefixes(String key) {
    List<Located<Prefix>> prefixes = new ArrayList<>();
    JsonNode list = node.path(key);
    for (int i = 0; i < (list.isArray() ? list.size() : 0); i++) {
      JsonNode value = list.path(i);
      Located<Prefix> prefix =
          value.isString()
              ? prefix(new Located<>(YamlTree.child(at(key), i), value.asString()))
              : null;
      if (prefix != null) {
        prefixes.add(prefix);
      }
    }
    return prefixes;
  }

  private @Nullable Located<Prefix> prefix(Located<String> text) {
    try {
      return new Located<>(text.path(), Addresses.prefix(text.value()));
    } catch (Addresses.Malformed e) {
      problems.error(text.path(), e.sentence());
      return null;
    }
  }
}
