package dev.twinspan.agent.fleet.operator;

import dev.twinspan.agent.fleet.operator.FleetBox.Presence;
import dev.twinspan.agent.status.Quantities;
import dev.twinspan.agent.terminal.Terminal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The fleet for people: no colours, no fixed width, nothing of the wire that moves a cursor. */
public final class FleetTable {
  private static final List<String> HEAD =
      List.of(
          "DEVICE",
          "SITE",
          "STATE",
          "AGENT UP",
          "TUNNELS",
          "IN",
          "OUT",
          "RTT",
          "LOSS",
          "VERSION",
          "WHY");
  private static final List<String> TUNNEL_HEAD =
      List.of("TUNNEL", "STATE", "SINCE", "IN", "OUT", "RTT", "LOSS");
  private static final String NONE = "–";

  /** Columns that a narrow terminal goes without, the first of them first. */
  private static final List<String> SPARE =
      List.of("VERSION", "AGENT UP", "LOSS", "RTT", "OUT", "IN", "SITE");

  private static final int GAP = 2;

  /** For the reason, which is what a person looks for. */
  private static final int ROOM_FOR_WHY = 40;

  private FleetTable() {}

  /** {@code fleet ls}: lines, each ended. */
  public static String list(List<FleetBox> boxes, Instant now) {
    return String.join("\n", lines(boxes, now, Integer.MAX_VALUE)) + "\n" + summary(boxes) + "\n";
  }

  /**
   * The head, and a line for each box.
   *
   * @param width in which the reason has to have some room
   */
  public static List<String> lines(List<FleetBox> boxes, Instant now, int width) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEAD);
    boxes.forEach(box -> rows.add(row(box, now)));
    for (String title : SPARE) {
      if (needed(rows) <= width) {
        break;
      }
      int column = rows.getFirst().indexOf(title);
      rows.replaceAll(row -> without(row, column));
    }
    return table(rows).lines().toList();
  }

  private static int needed(List<List<String>> rows) {
    int[] widths = widths(rows);
    int last = widths.length - 1;
    return Arrays.stream(widths, 0, last).map(width -> width + GAP).sum()
        + Math.min(widths[last], ROOM_FOR_WHY);
  }

  private static List<String> without(List<String> row, int column) {
    List<String> rest = new ArrayList<>(row);
    rest.remove(column);
    return List.copyOf(rest);
  }

  /** How many of which kind. */
  public static String summary(List<FleetBox> boxes) {
    String kinds =
        FleetModel.count(boxes).entrySet().stream()
            .map(entry -> entry.getValue() + " " + entry.getKey().word())
            .collect(Collectors.joining(", "));
    return "%d %s%s"
        .formatted(
            boxes.size(), boxes.size() == 1 ? "box" : "boxes", kinds.isEmpty() ? "" : ": " + kinds);
  }

  private static List<String> row(FleetBox box, Instant now) {
    return List.of(
        box.device(),
        box.site(),
        box.severity().word(),
        box.presence() == Presence.READY ? age(box.since(), now) : NONE,
        box.health() == null ? NONE : box.carrying() + "/" + box.allTunnels(),
        sum(box, "inBits"),
        sum(box, "outBits"),
        rtt(box.tunnels()),
        loss(box.tunnels()),
        box.version(),
        box.why());
  }

  /** {@code fleet show}: all of a box. */
  public static String box(FleetBox box, Instant now) {
    StringBuilder text = new StringBuilder();
    text.append(
        "%s (%s), %s%n"
            .formatted(
                Terminal.line(box.device()), Terminal.line(box.site()), box.severity().word()));
    if (!box.why().isEmpty()) {
      line(text, "", box.why());
    }
    Presence presence = box.presence();
    line(
        text,
        "state",
        "%s, session %d, twinspan %s, agent up %s"
            .formatted(
                presence == null ? "not told" : presence.word(),
                box.session(),
                box.version(),
                presence == Presence.READY ? age(box.since(), now) : NONE));
    about(text, box.about());
    JsonNode health = box.health();
    if (health != null) {
      health(text, box, health, now);
    }
    reported(text, box.reported());
    update(text, box.ota());
    List<JsonNode> events = box.events();
    if (!events.isEmpty()) {
      text.append("\nevents heard\n");
      events.forEach(event -> event(text, event));
    }
    return text.toString();
  }

  private static void about(StringBuilder text, @Nullable JsonNode about) {
    if (about == null) {
      return;
    }
    JsonNode backend = about.path("cryptoBackend");
    line(
        text,
        "ESP by",
        "%s %s: %s"
            .formatted(
                FleetBox.text(backend, "name"),
                FleetBox.text(backend, "version"),
                FleetBox.text(backend, "reason")));
    if (about.path("fips").asBoolean(false)) {
      line(text, "mode", "FIPS");
    }
    for (JsonNode warning : about.path("warnings")) {
      line(text, "warning", warning.asString(""));
    }
  }

  private static void health(StringBuilder text, FleetBox box, JsonNode health, Instant now) {
    line(
        text,
        "health",
        "%s old%s%s%s"
            .formatted(
                age(box.healthHeard(), now),
                known(health, "memoryBytes", " B", ", memory "),
                known(health, "celsius", " °C", ", "),
                box.missed() == 0 ? "" : ", %d reports missed".formatted(box.missed())));
    text.append('\n');
    List<List<String>> rows = new ArrayList<>();
    rows.add(TUNNEL_HEAD);
    for (JsonNode tunnel : box.tunnels()) {
      rows.add(
          List.of(
              FleetBox.text(tunnel, "name"),
              FleetBox.text(tunnel, "state"),
              age(FleetBox.instant(FleetBox.text(tunnel, "since")), now),
              Quantities.bits(tunnel.path("inBits").asDouble(0)),
              Quantities.bits(tunnel.path("outBits").asDouble(0)),
              rtt(List.of(tunnel)),
              loss(List.of(tunnel))));
    }
    text.append(table(rows));
    for (JsonNode tunnel : box.tunnels()) {
      line(text, FleetBox.text(tunnel, "name"), FleetBox.text(tunnel, "sentence"));
    }
    for (JsonNode bgp : health.path("bgp")) {
      line(
          text,
          "BGP by " + FleetBox.text(bgp, "session"),
          "%s, %d prefixes received, %d advertised"
              .formatted(
                  FleetBox.text(bgp, "state"),
                  bgp.path("received").asLong(0),
                  bgp.path("advertised").asLong(0)));
    }
    for (JsonNode finding : box.findings()) {
      line(text, FleetBox.text(finding, "severity"), FleetBox.finding(finding));
      for (JsonNode fix : finding.path("fixes")) {
        line(text, "  fix", fix.asString(""));
      }
    }
    health
        .path("drops")
        .forEachEntry((reason, packets) -> line(text, "dropped " + reason, packets.asLong(0) + ""));
  }

  /** What came of the configuration that was desired last. */
  private static void reported(StringBuilder text, @Nullable JsonNode reported) {
    if (reported == null) {
      return;
    }
    line(
        text,
        "configuration",
        "%s %s: %s"
            .formatted(
                FleetBox.text(reported, "version"),
                FleetBox.text(reported, "result"),
                FleetBox.text(reported, "sentence")));
    for (JsonNode problem : reported.path("problems")) {
      line(text, "  " + FleetBox.text(problem, "path"), problemText(problem));
    }
    String current = FleetBox.text(reported.path("current"), "version");
    line(text, "in force", current.isEmpty() ? "written by hand" : current);
  }

  /** How far an update is, and what became of it; of none there is nothing to tell. */
  private static void update(StringBuilder text, @Nullable JsonNode ota) {
    if (ota == null || !ota.has("job")) {
      return;
    }
    JsonNode job = ota.path("job");
    String version = FleetBox.text(job, "version");
    String slot = FleetBox.text(job, "slot");
    String sentence = FleetBox.text(ota, "sentence");
    line(
        text,
        "update",
        "%s%s%s%s%s"
            .formatted(
                version.isEmpty() ? "" : version + " ",
                job.path("refused").asBoolean(false) ? "refused" : FleetBox.text(ota, "state"),
                known(ota, "percent", " %", " "),
                slot.isEmpty() ? "" : " (slot " + slot + ")",
                sentence.isEmpty() ? "" : ": " + sentence));
  }

  static String problemText(JsonNode problem) {
    String sentence = FleetBox.text(problem, "sentence");
    return sentence.isEmpty() ? FleetBox.text(problem, "message") : sentence;
  }

  private static void event(StringBuilder text, JsonNode event) {
    String tunnel = FleetBox.text(event, "tunnel");
    double outage = event.path("outageMillis").asDouble(-1);
    line(
        text,
        "  " + FleetBox.text(event, "time"),
        "%s%s%s%s"
            .formatted(
                tunnel.isEmpty() ? "" : tunnel + ": ",
                FleetBox.text(event, "sentence"),
                outage < 0 ? "" : String.format(Locale.ROOT, " (outage %.0f ms)", outage),
                event.path("historical").asBoolean(false) ? " (told late)" : ""));
  }

  private static void line(StringBuilder text, String label, String what) {
    text.append(Terminal.line(label.isEmpty() ? what : label + ": " + what)).append('\n');
  }

  private static String known(JsonNode tree, String name, String unit, String before) {
    double value = tree.path(name).asDouble(Double.NaN);
    if (Double.isNaN(value)) {
      return "";
    }
    return before + (unit.equals(" B") ? Quantities.bytes((long) value) : Math.round(value) + unit);
  }

  private static String sum(FleetBox box, String rate) {
    if (box.health() == null) {
      return NONE;
    }
    double sum = 0;
    for (JsonNode tunnel : box.tunnels()) {
      sum += tunnel.path(rate).asDouble(0);
    }
    return Quantities.bits(sum);
  }

  /** The longest. */
  private static String rtt(Iterable<JsonNode> tunnels) {
    double worst = -1;
    for (JsonNode tunnel : tunnels) {
      worst = Math.max(worst, tunnel.path("rttMillis").asDouble(-1));
    }
    return worst < 0 ? NONE : Quantities.span(Duration.ofNanos((long) (worst * 1e6)));
  }

  /** The worst. */
  private static String loss(Iterable<JsonNode> tunnels) {
    double worst = -1;
    for (JsonNode tunnel : tunnels) {
      worst = Math.max(worst, tunnel.path("lossIn").asDouble(-1));
    }
    return worst < 0 ? NONE : String.format(Locale.ROOT, "%.1f %%", 100 * worst);
  }

  private static String age(@Nullable Instant since, Instant now) {
    return since == null ? NONE : Quantities.age(since, now);
  }

  private static int[] widths(List<List<String>> rows) {
    int[] widths = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    return widths;
  }

  private static String table(List<List<String>> rows) {
    int columns = rows.getFirst().size();
    List<List<String>> clean =
        rows.stream().map(row -> row.stream().map(Terminal::line).toList()).toList();
    int[] widths = widths(clean);
    StringBuilder text = new StringBuilder();
    for (List<String> row : clean) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + GAP));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
