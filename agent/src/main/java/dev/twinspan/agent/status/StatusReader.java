package dev.twinspan.agent.status;

import dev.twinspan.agent.json.Json.Malformed;
import dev.twinspan.agent.status.TunnelStatus.ChildSa;
import dev.twinspan.agent.status.TunnelStatus.Ike;
import dev.twinspan.agent.status.TunnelStatus.Rates;
import dev.twinspan.agent.status.TunnelStatus.Reason;
import dev.twinspan.agent.status.TunnelStatus.State;
import dev.twinspan.agent.status.TunnelStatus.Traffic;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The inverse of {@link StatusWriter}, for the command line. What it does not know is passed over,
 * so that a newer agent can be asked.
 */
public final class StatusReader {
  private static final Pattern EVENT_ID = Pattern.compile("([0-9]{1,18})-([0-9]{1,18})");

  private StatusReader() {}

  /**
   * @throws Malformed when something is missing, with its name
   */
  public static AgentStatus status(JsonNode tree) throws Malformed {
    try {
      JsonNode backend = tree.path("cryptoBackend");
      return new AgentStatus(
          text(tree, "device"),
          text(tree, "site"),
          text(tree, "version"),
          tree.path("session").asLong(0),
          instant(tree, "since"),
          instant(tree, "time"),
          fips(tree.path("fips")),
          new AgentStatus.CryptoBackend(
              text(backend, "name"), text(backend, "version"), text(backend, "reason")),
          list(tree, "offloads", StatusReader::offload),
          tree.has("loops")
              ? list(tree, "loops", StatusReader::loop)
              : List.of(), // of an agent before it told
          list(tree, "connections", StatusReader::connection),
          list(tree, "bgp", BgpSessionJson::session),
          list(tree, "routes", StatusReader::route),
          texts(tree, "warnings"),
          list(tree, "drills", StatusReader::drill),
          counters(tree.path("drops")),
          list(tree, "events", StatusReader::event),
          EventTotalsJson.totals(tree.path("eventTotals")),
          added(tree));
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new Malformed("not a status: " + e.getMessage());
    }
  }

  public static ControlResult result(JsonNode tree) throws Malformed {
    return new ControlResult(
        tree.path("ok").asBoolean(false), text(tree, "code"), text(tree, "sentence"));
  }

  private static AgentStatus.Fips fips(JsonNode tree) throws Malformed {
    return new AgentStatus.Fips(
        tree.path("on").asBoolean(false),
        list(
            tree,
            "modules",
            module ->
                new AgentStatus.Module(
                    text(module, "part"),
                    text(module, "name"),
                    text(module, "version"),
                    module.path("approvedOnly").asBoolean(false),
                    text(module, "selfTest"))));
  }

  private static AgentStatus.Offload offload(JsonNode tree) throws Malformed {
    return new AgentStatus.Offload(
        text(tree, "name"), tree.path("on").asBoolean(false), text(tree, "reason"));
  }

  private static AgentStatus.Loop loop(JsonNode tree) throws Malformed {
    return new AgentStatus.Loop(
        tree.path("number").asInt(0), texts(tree, "sends"), texts(tree, "receives"));
  }

  private static AgentStatus.Connection connection(JsonNode tree) throws Malformed {
    return new AgentStatus.Connection(
        text(tree, "name"), text(tree, "mode"), list(tree, "tunnels", StatusReader::tunnel));
  }

  private static TunnelStatus tunnel(JsonNode tree) throws Malformed {
    JsonNode ike = tree.path("ike");
    return new TunnelStatus(
        text(tree, "name"),
        text(tree, "connection"),
        text(tree, "instance"),
        State.valueOf(text(tree, "state").toUpperCase(Locale.ROOT)),
        reason(tree.path("reason")),
        instant(tree, "since"),
        known(tree, "local"),
        known(tree, "remote"),
        ike.isObject() ? ike(ike) : null,
        list(tree, "childSas", StatusReader::childSa),
        tree.has("missingPairs")
            ? list(tree, "missingPairs", StatusReader::missingPair)
            : List.of(), // of an agent before it had them
        traffic(tree.path("traffic")),
        rates(tree.path("rates")),
        millis(tree, "rttMillis"),
        quality(tree.path("quality")),
        tree.path("rekeys").asLong(0),
        tree.path("retransmits").asLong(0),
        counters(tree.path("drops")));
  }

  private static TunnelStatus.Quality quality(JsonNode tree) throws Malformed {
    JsonNode probe = tree.path("probe");
    JsonNode shunned = tree.path("shunned");
    return new TunnelStatus.Quality(
        tree.path("lossIn").asDouble(0),
        probe.isObject()
            ? new TunnelStatus.Probe(
                text(probe, "target"),
                probe.path("answers").asBoolean(false),
                millis(probe, "latencyMillis"),
                probe.path("loss").asDouble(0),
                probe.path("sent").asLong(0),
                probe.path("answered").asLong(0),
                probe.path("missed").asInt(0))
            : null,
        shunned.isObject() ? reason(shunned) : null);
  }

  private static Reason reason(JsonNode tree) throws Malformed {
    Map<String, String> details = new LinkedHashMap<>();
    tree.path("details").forEachEntry((label, value) -> details.put(label, value.asString("")));
    return new Reason(text(tree, "code"), text(tree, "sentence"), details);
  }

  private static TunnelStatus.MissingPair missingPair(JsonNode tree) throws Malformed {
    return new TunnelStatus.MissingPair(
        text(tree, "local"),
        text(tree, "remote"),
        reason(tree.path("reason")),
        instant(tree, "since"));
  }

  private static Ike ike(JsonNode tree) throws Malformed {
    return new Ike(
        text(tree, "suite"),
        tree.path("initiator").asBoolean(false),
        tree.path("natHere").asBoolean(false),
        tree.path("natThere").asBoolean(false),
        Long.parseUnsignedLong(text(tree, "initiatorSpi"), 16),
        Long.parseUnsignedLong(text(tree, "responderSpi"), 16),
        tree.path("count").asInt(0));
  }

  private static ChildSa childSa(JsonNode tree) throws Malformed {
    return new ChildSa(
        Integer.parseUnsignedInt(text(tree, "inboundSpi"), 16),
        Integer.parseUnsignedInt(text(tree, "outboundSpi"), 16),
        text(tree, "suite"),
        instant(tree, "since"),
        tree.path("sending").asBoolean(false),
        tree.path("inBytes").asLong(0),
        tree.path("inPackets").asLong(0),
        tree.path("outBytes").asLong(0),
        tree.path("outPackets").asLong(0));
  }

  private static Traffic traffic(JsonNode tree) {
    return new Traffic(
        tree.path("inBytes").asLong(0),
        tree.path("inPackets").asLong(0),
        tree.path("outBytes").asLong(0),
        tree.path("outPackets").asLong(0),
        tree.path("lost").asLong(0),
        tree.path("marked").asLong(0));
  }

  private static Rates rates(JsonNode tree) {
    return new Rates(
        tree.path("inBits").asDouble(0),
        tree.path("inPackets").asDouble(0),
        tree.path("outBits").asDouble(0),
        tree.path("outPackets").asDouble(0));
  }

  private static RouteStatus route(JsonNode tree) throws Malformed {
    return new RouteStatus(
        text(tree, "prefix"),
        text(tree, "group"),
        list(
            tree,
            "shares",
            share ->
                new RouteStatus.Share(text(share, "tunnel"), share.path("share").asDouble(0))));
  }

  private static Added added(JsonNode tree) throws Malformed {
    JsonNode fleet = tree.path("fleet");
    return new Added(
        fleet.isObject() ? FleetStatusJson.fleet(fleet) : null,
        VerdictJson.verdicts(tree.path("verdicts")));
  }

  private static Event event(JsonNode tree) throws Malformed {
    String id = tree.path("id").asString("");
    Matcher numbers = EVENT_ID.matcher(id);
    boolean known = numbers.matches();
    return new Event(
        known ? Long.parseLong(numbers.group(1)) : 0,
        known ? Long.parseLong(numbers.group(2)) : 0,
        instant(tree, "time"),
        known(tree, "tunnel"),
        text(tree, "code"),
        text(tree, "sentence"),
        millis(tree, "outageMillis"));
  }

  private static DrillStatus drill(JsonNode tree) throws Malformed {
    return new DrillStatus(
        text(tree, "tunnel"),
        DrillStatus.Outcome.valueOf(text(tree, "outcome").toUpperCase(Locale.ROOT)),
        tree.has("at") ? instant(tree, "at") : null,
        millis(tree, "outageMillis"),
        tree.path("dropped").asLong(0),
        millis(tree, "closedAfterMillis"),
        millis(tree, "backAfterMillis"),
        text(tree, "sentence"));
  }

  private static List<String> texts(JsonNode tree, String name) {
    List<String> texts = new ArrayList<>();
    for (JsonNode text : tree.path(name)) {
      texts.add(text.asString(""));
    }
    return texts;
  }

  static String text(JsonNode tree, String name) throws Malformed {
    String value = known(tree, name);
    if (value == null) {
      throw new Malformed("not a status: \"" + name + "\" is missing");
    }
    return value;
  }

  static @Nullable String known(JsonNode tree, String name) {
    JsonNode value = tree.path(name);
    return value.isString() ? value.asString() : null;
  }

  static Instant instant(JsonNode tree, String name) throws Malformed {
    return Instant.parse(text(tree, name));
  }

  private static @Nullable Duration millis(JsonNode tree, String name) {
    JsonNode value = tree.path(name);
    return value.isNumber() ? Duration.ofNanos(Math.round(value.asDouble() * 1e6)) : null;
  }

  private static Map<String, Long> counters(JsonNode tree) {
    Map<String, Long> counters = new LinkedHashMap<>();
    tree.forEachEntry((name, value) -> counters.put(name, value.asLong(0)));
    return counters;
  }

  interface Form<T> {
    T read(JsonNode tree) throws Malformed;
  }

  static <T> List<T> list(JsonNode tree, String name, Form<T> form) throws Malformed {
    List<T> list = new ArrayList<>();
    for (JsonNode element : tree.path(name)) {
      list.add(form.read(element));
    }
    return list;
  }
}
