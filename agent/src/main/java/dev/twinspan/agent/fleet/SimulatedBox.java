package dev.twinspan.agent.fleet;

import dev.twinspan.agent.BuildInfo;
import dev.twinspan.agent.crypto.Sha256;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.Added;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.EventTotals;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.status.TunnelStatus.State;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A box that there is not: it tells what a real one would, in the same payloads, and obeys in so
 * far as it has something to do. No I/O. For one thread.
 */
public final class SimulatedBox {
  /** Payloads are handed on once. */
  @SuppressWarnings("ArrayRecordComponent")
  public record Message(String topic, byte[] payload, int qos, boolean retained) {}

  private static final String TUNNEL = "hub-weu/in";
  private static final int TUNNELS = 2;
  private static final String VERSION = BuildInfo.load().version();
  private static final int REMEMBERED = 64;
  private static final Set<String> VERBS =
      Set.of(
          "reset", "rekey", "drain", "undrain", "self-drill", "capture", "speed-test", "log-level");

  private final String site;
  private final String device;
  private final long session;
  private final Instant started;
  private final State[] tunnels = new State[TUNNELS];
  private long sequence;
  private long eventNumber;
  private ObjectNode current = Json.object().put("hash", "0".repeat(64));
  private final Map<String, Message> answered =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Message> eldest) {
          return size() > REMEMBERED;
        }
      };

  /**
   * @param faulty whether one of its tunnels is not up
   */
  public SimulatedBox(String site, String device, long session, Instant started, boolean faulty) {
    this.site = site;
    this.device = device;
    this.session = session;
    this.started = started;
    for (int i = 0; i < TUNNELS; i++) {
      tunnels[i] = State.UP;
    }
    if (faulty) {
      tunnels[TUNNELS - 1] =
          switch (Math.floorMod(device.hashCode(), 3)) {
            case 0 -> State.FAILED;
            case 1 -> State.LOST;
            default -> State.SUSPECT;
          };
    }
  }

  public String device() {
    return device;
  }

  /** What it wants to hear. */
  public List<String> filters() {
    return List.of(topic("cmd/+"), topic("desired"));
  }

  public Message will() {
    return message(FleetTopic.STATE, Payloads.state(Payloads.State.LOST, session, status(started)));
  }

  /** What it tells after each connect. */
  public List<Message> birth(Instant now) {
    AgentStatus status = status(now);
    return List.of(
        message(FleetTopic.STATE, Payloads.state(Payloads.State.INIT, session, status)),
        message(FleetTopic.ABOUT, Payloads.about(session, status)),
        message(FleetTopic.STATE, Payloads.state(Payloads.State.READY, session, status)));
  }

  public Message health(Instant now) {
    Machine machine = new Machine(sequence * 0.1, 146e6, 47);
    return message(FleetTopic.HEALTH, Payloads.health(session, ++sequence, status(now), machine));
  }

  public Message event(Instant now) {
    ObjectNode event =
        Json.object()
            .put("id", session + "-" + ++eventNumber)
            .put("session", session)
            .put("number", eventNumber)
            .put("time", now.toString())
            .put("tunnel", TUNNEL + 0)
            .put("code", "rekeyed")
            .put("sentence", "the CHILD SA was replaced")
            .put("historical", false);
    return new Message(topic("event"), bytes(event), 1, false);
  }

  public Message farewell(Instant now) {
    return message(
        FleetTopic.STATE, Payloads.state(Payloads.State.DISCONNECTED, session, status(now)));
  }

  /** Clears what the broker keeps of it. */
  public List<Message> cleared() {
    return List.of(
        new Message(topic("state"), new byte[0], 1, true),
        new Message(topic("about"), new byte[0], 1, true));
  }

  /**
   * What it answers.
   *
   * @param correlation correlation data as text; empty: none
   */
  public List<Message> heard(String topic, byte[] payload, String correlation, Instant now) {
    String command = topic("cmd/");
    if (topic.equals(topic("desired"))) {
      return payload.length == 0 ? List.of() : desired(payload, now);
    }
    if (!topic.startsWith(command) || correlation.isEmpty()) {
      return List.of();
    }
    Message before = answered.get(correlation);
    if (before != null) {
      return List.of(before);
    }
    List<Message> answers = obey(topic.substring(command.length()), payload, correlation, now);
    answered.put(correlation, answers.getLast());
    return answers;
  }

  private List<Message> obey(String verb, byte[] payload, String id, Instant now) {
    if (!VERBS.contains(verb)) {
      return List.of(
          ack(id, verb, "rejected", now, "unknown_verb", "no command of that name is known"));
    }
    JsonNode arguments;
    try {
      arguments = Json.parse(new String(payload, StandardCharsets.UTF_8));
    } catch (Json.Malformed e) {
      return List.of(ack(id, verb, "rejected", now, "malformed", String.valueOf(e.getMessage())));
    }
    String tunnel = arguments.path("tunnel").asString("");
    int index = tunnel.equals(TUNNEL + 0) ? 0 : tunnel.equals(TUNNEL + 1) ? 1 : -1;
    if (index < 0 && !tunnel.isEmpty()) {
      return List.of(
          ack(id, verb, "rejected", now, "unknown_tunnel", "there is no tunnel of that name"));
    }
    List<Message> answers = new ArrayList<>();
    answers.add(ack(id, verb, "accepted", now, "", ""));
    if (index >= 0) {
      switch (verb) {
        case "drain" -> tunnels[index] = State.DRAINED;
        case "undrain", "reset" -> tunnels[index] = State.UP;
        default -> {}
      }
    }
    ObjectNode running = acknowledgement(id, verb, "running", now);
    running.put("step", "under way").put("percent", 50);
    answers.add(new Message(topic("ack/" + id), bytes(running), 1, false));
    answers.add(ack(id, verb, "done", now, "", verb + " is done"));
    answers.add(health(now));
    // The last is what a repeated command is answered with.
    answers.add(answers.remove(answers.size() - 2));
    return answers;
  }

  private List<Message> desired(byte[] payload, Instant now) {
    JsonNode wanted;
    try {
      wanted = Json.parse(new String(payload, StandardCharsets.UTF_8));
    } catch (Json.Malformed _) {
      return List.of();
    }
    String version = wanted.path("version").asString("");
    String hash = wanted.path("hash").asString("");
    boolean whole = hash.equals(Sha256.JDK.hex(wanted.path("config").asString("")));
    List<Message> told = new ArrayList<>();
    if (whole) {
      told.add(reported(now, version, hash, "trial", "ok", "it is tried"));
      current = Json.object().put("version", version).put("hash", hash);
      told.add(reported(now, version, hash, "applied", "ok", "it is in force"));
    } else {
      told.add(
          reported(
              now, version, hash, "refused", "hash", "the text's SHA-256 is not what hash says"));
    }
    return told;
  }

  private Message reported(
      Instant now, String version, String hash, String result, String reason, String sentence) {
    ObjectNode reported =
        Json.object()
            .put("session", session)
            .put("time", now.toString())
            .put("version", version)
            .put("hash", hash)
            .put("result", result)
            .put("reason", reason)
            .put("sentence", sentence);
    reported.set("current", current);
    return new Message(topic("reported"), bytes(reported), 1, true);
  }

  private Message ack(
      String id, String verb, String stage, Instant now, String reason, String sentence) {
    ObjectNode ack = acknowledgement(id, verb, stage, now);
    if (!reason.isEmpty()) {
      ack.put("reason", reason);
    }
    if (!sentence.isEmpty()) {
      ack.put("sentence", sentence);
    }
    return new Message(topic("ack/" + id), bytes(ack), 1, false);
  }

  private ObjectNode acknowledgement(String id, String verb, String stage, Instant now) {
    return Json.object()
        .put("id", id)
        .put("verb", verb)
        .put("session", session)
        .put("time", now.toString())
        .put("stage", stage);
  }

  private AgentStatus status(Instant now) {
    List<TunnelStatus> all = new ArrayList<>();
    for (int i = 0; i < TUNNELS; i++) {
      all.add(tunnel(i, now));
    }
    return new AgentStatus(
        device,
        site,
        VERSION,
        session,
        started,
        now,
        AgentStatus.Fips.OFF,
        new AgentStatus.CryptoBackend("simulated", "1", "this box does not exist"),
        List.of(),
        List.of(),
        List.of(new AgentStatus.Connection("hub-weu", "active-active", all)),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        Map.of(),
        List.of(),
        EventTotals.NONE,
        Added.NOTHING);
  }

  private TunnelStatus tunnel(int index, Instant now) {
    State state = tunnels[index];
    boolean carries = state == State.UP || state == State.SUSPECT;
    // A slow wave of its own for each box, so that a page has something to draw.
    double phase = Math.floorMod(device.hashCode(), 997) + now.getEpochSecond() / 20.0;
    double bits = carries ? 40e6 * (1.1 + Math.sin(phase + index)) : 0;
    return new TunnelStatus(
        TUNNEL + index,
        "hub-weu",
        "in" + index,
        state,
        reason(state),
        started,
        null,
        null,
        null,
        List.of(),
        List.of(),
        TunnelStatus.Traffic.NONE,
        new TunnelStatus.Rates(bits, bits / 8000, bits / 4, bits / 32_000),
        carries ? Duration.ofNanos((long) (12e6 + 4e6 * Math.sin(phase))) : null,
        0,
        0,
        Map.of());
  }

  private static TunnelStatus.Reason reason(State state) {
    return switch (state) {
      case UP -> new TunnelStatus.Reason("established", "IKE SA established", Map.of());
      case DRAINED ->
          new TunnelStatus.Reason("drained", "closed by the operator until undrain", Map.of());
      case FAILED ->
          new TunnelStatus.Reason(
              "psk-mismatch",
              "the peer refused our AUTH payload (AUTHENTICATION_FAILED): set the connection's"
                  + " shared key as in Azure",
              Map.of());
      case LOST ->
          new TunnelStatus.Reason("silent", "the peer does not answer; its flows moved", Map.of());
      default -> new TunnelStatus.Reason("no-answer", "one answer is missing", Map.of());
    };
  }

  private Message message(FleetTopic topic, ObjectNode payload) {
    return new Message(
        topic(topic.name().toLowerCase(Locale.ROOT)),
        bytes(payload),
        topic.qos(),
        topic.retained());
  }

  private String topic(String kind) {
    return "twinspan/1/" + site + "/" + device + "/" + kind;
  }

  private static byte[] bytes(ObjectNode payload) {
    return Json.compact(payload).getBytes(StandardCharsets.UTF_8);
  }
}
