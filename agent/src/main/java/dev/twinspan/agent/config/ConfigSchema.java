package dev.twinspan.agent.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/**
 * The published JSON Schema, used: shape, types, ranges and unknown keys are its business. What the
 * values mean together is {@link CrossChecks}' business.
 */
public final class ConfigSchema {
  private static final String RESOURCE = "twinspan.schema.json";

  private static final class Rules {
    static final SchemaRules SCHEMA = new SchemaRules(text());
  }

  private ConfigSchema() {}

  /** The schema's text, as editors want it. */
  public static String text() {
    try (InputStream in = ConfigSchema.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("resource " + RESOURCE + " is missing from the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("resource " + RESOURCE, e);
    }
  }

  static void check(JsonNode root, Problems problems) {
    for (SchemaRules.Violation violation : Rules.SCHEMA.violations(root)) {
      if (violation.ofKey()) {
        problems.keyError(violation.path(), violation.sentence());
      } else {
        problems.error(violation.path(), violation.sentence());
      }
    }
  }
}
