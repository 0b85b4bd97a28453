package dev.twinspan.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Dashboard and alert rules against what the agent tells: no query for what is not there. */
class DashboardTest {
  static final Path DASHBOARD = Path.of("src/main/dist/grafana/twinspan.json");
  static final Path RULES = Path.of("src/main/dist/prometheus/twinspan.rules.yml");
  private static final Path SCHEMA = Path.of("src/test/resources/grafana/dashboard.schema.json");

  /** Put on every series by Prometheus itself. */
  private static final Set<String> TARGET_LABELS = Set.of("instance", "job");

  private static final Pattern SELECTOR =
      Pattern.compile("\\b(twinspan_[a-z_]+)\\b(?:\\{([^}]*)})?");
  private static final Pattern MATCHER = Pattern.compile("([a-z_]+) *(?:=~|!~|!=|=) *\"");
  private static final Pattern GROUPING = Pattern.compile("\\b(?:by|on) *\\(([^)]*)\\)");

  private static JsonNode dashboard() throws IOException {
    return JsonMapper.shared().readTree(Files.readString(DASHBOARD));
  }

  /** All PromQL in it, those of variables and annotations too. */
  static List<String> queries() throws IOException {
    List<String> queries = new ArrayList<>();
    JsonNode dashboard = dashboard();
    dashboard.get("panels").forEach(p -> p.path("targets").forEach(t -> queries.add(expr(t))));
    dashboard.at("/annotations/list").forEach(a -> queries.add(expr(a)));
    return queries;
  }

  private static String expr(JsonNode query) {
    return query.get("expr").asString();
  }

  @Test
  void shouldFitGrafanasModel() throws IOException {
    var schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(Files.readString(SCHEMA));
    assertThat(schema.validate(Files.readString(DASHBOARD), InputFormat.JSON)).isEmpty();
  }

  @Test
  void shouldPlaceItsPanelsBesideEachOther() throws IOException {
    Set<Integer> ids = new HashSet<>();
    Map<String, String> cells = new HashMap<>();
    for (JsonNode panel : dashboard().get("panels")) {
      String title = panel.get("title").asString();
      assertThat(ids.add(panel.get("id").asInt())).as("id of " + title).isTrue();
      JsonNode at = panel.get("gridPos");
      assertThat(at.get("x").asInt() + at.get("w").asInt()).as(title).isLessThanOrEqualTo(24);
      for (int x = 0; x < at.get("w").asInt(); x++) {
        for (int y = 0; y < at.get("h").asInt(); y++) {
          String cell = (at.get("x").asInt() + x) + "," + (at.get("y").asInt() + y);
          assertThat(cells.put(cell, title)).as("beneath " + title).isNull();
        }
      }
    }
  }

  @Test
  void shouldAskForWhatThereIs() throws IOException {
    List<String> queries = new ArrayList<>(queries());
    for (JsonNode variable : dashboard().at("/templating/list")) {
      queries.add(variable.path("definition").asString(""));
    }
    assertThat(queries).hasSizeGreaterThan(25);
    queries.forEach(DashboardTest::shouldBeTold);
  }

  @Test
  void shouldAlertOfWhatThereIs() throws IOException {
    String rules = Files.readString(RULES);
    assertThat(SELECTOR.matcher(rules).results().count()).isGreaterThan(12);
    shouldBeTold(rules);
  }

  /** Every metric is told, and has the labels it is selected or grouped by. */
  private static void shouldBeTold(String query) {
    Map<String, Set<String>> told = told();
    Set<String> labels = new TreeSet<>(TARGET_LABELS);
    Matcher selector = SELECTOR.matcher(query);
    while (selector.find()) {
      String name = selector.group(1);
      boolean label = told.get(name) == null && isLabel(told, name);
      if (label) {
        continue;
      }
      assertThat(told).as(query).containsKey(name);
      labels.addAll(told.get(name));
      if (selector.group(2) != null) {
        Matcher matcher = MATCHER.matcher(selector.group(2));
        while (matcher.find()) {
          assertThat(matcher.group(1))
              .as("label of %s in %s", name, query)
              .satisfiesAnyOf(
                  l -> assertThat(told.get(name)).contains(l),
                  l -> assertThat(TARGET_LABELS).contains(l));
        }
      }
    }
    Matcher grouping = GROUPING.matcher(query);
    while (grouping.find()) {
      for (String label : grouping.group(1).split(",")) {
        assertThat(labels).as("grouping of %s", query).contains(label.strip());
      }
    }
  }

  /** A state set's label is named as its metric. */
  private static boolean isLabel(Map<String, Set<String>> told, String name) {
    return told.values().stream().anyMatch(labels -> labels.contains(name));
  }

  /** Metric → its labels, of a box that tells everything. */
  private static Map<String, Set<String>> told() {
    Map<String, Set<String>> told = new HashMap<>();
    for (Sample sample :
        Sample.of(new Exposition(() -> FullStatus.at(20)).bytes(MetricsFormat.TEXT))) {
      told.computeIfAbsent(sample.name(), _ -> new TreeSet<>()).addAll(sample.labels().keySet());
    }
    return told;
  }
}
