package dev.twinspan.agent.fleet.operator;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One box as its messages show it. What they hold is a stranger's: it is asked for by name, and
 * what is missing or of another type reads as absent. For one thread.
 */
public final class FleetBox {
  /** Whether it is there, in its own words or the broker's. */
  public enum Presence {
    INIT,
    READY,
    LOST,
    DISCONNECTED;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** States of a tunnel in which it carries traffic, or is kept ready to. */
  private static final Set<String> CARRIES = Set.of("up", "suspect", "held");

  private static final Set<String> DOUBTFUL = Set.of("suspect", "held");
  private static final double LOSSY = 0.01;
  private static final int EVENTS = 20;

  /** A box tells no more. */
  private static final int MOST_FINDINGS = 8;

  private final String site;
  private final String device;
  private @Nullable Presence presence;
  private long session;

  /** Of the last birth: a will of one before it comes late. */
  private long born;

  private String version = "";
  private @Nullable Instant since;
  private @Nullable JsonNode about;
  private @Nullable JsonNode health;
  private @Nullable JsonNode reported;
  private @Nullable JsonNode ota;
  private @Nullable Instant healthHeard;
  private long sequence;
  private long missed;
  private final Deque<JsonNode> events = new ArrayDeque<>();

  FleetBox(String site, String device) {
    this.site = site;
    this.device = device;
  }

  public String site() {
    return site;
  }

  public String device() {
    return device;
  }

  /** Null: it has told nothing of it. */
  public @Nullable Presence presence() {
    return presence;
  }

  /** Number of the agent's start; 0: not known. */
  public long session() {
    return session;
  }

  /** Of its agent; empty: not known. */
  public String version() {
    return version;
  }

  /** When its agent started; null: not known. */
  public @Nullable Instant since() {
    return since;
  }

  public @Nullable JsonNode about() {
    return about;
  }

  /** The latest; null: none heard. */
  public @Nullable JsonNode health() {
    return health;
  }

  public @Nullable Instant healthHeard() {
    return healthHeard;
  }

  /** What came of the configuration that was desired; null: nothing told. */
  public @Nullable JsonNode reported() {
    return reported;
  }

  /** How far its update is, or what became of the last; null: nothing told. */
  public @Nullable JsonNode ota() {
    return ota;
  }

  /** Reports of health that did not arrive since we listen, by their numbers. */
  public long missed() {
    return missed;
  }

  /** The latest heard, oldest first. */
  public List<JsonNode> events() {
    return List.copyOf(events);
  }

  /** Its tunnels in the latest health. */
  public Iterable<JsonNode> tunnels() {
    return health == null ? List.of() : health.path("tunnels");
  }

  public int carrying() {
    int carrying = 0;
    for (JsonNode tunnel : tunnels()) {
      carrying += CARRIES.contains(text(tunnel, "state")) ? 1 : 0;
    }
    return carrying;
  }

  /** Those of the health, else those of the birth document. */
  public int allTunnels() {
    if (health != null) {
      return health.path("tunnels").size();
    }
    return about == null ? 0 : about.path("tunnels").size();
  }

  /** What its doctor finds, the gravest first; those without a cause are none. */
  public List<JsonNode> findings() {
    return health == null
        ? List.of()
        : health
            .path("findings")
            .valueStream()
            .filter(finding -> !text(finding, "cause").isEmpty())
            .limit(MOST_FINDINGS)
            .toList();
  }

  public Severity severity() {
    if (presence == Presence.LOST) {
      return Severity.LOST;
    }
    if (presence == Presence.DISCONNECTED) {
      return Severity.AWAY;
    }
    if (health == null) {
      return Severity.UNKNOWN;
    }
    if (carrying() == 0) {
      return Severity.DOWN;
    }
    if (carrying() < allTunnels() || sessionMissing() != null || hasProblem()) {
      return Severity.DEGRADED;
    }
    for (JsonNode tunnel : tunnels()) {
      if (doubtful(tunnel)) {
        return Severity.SUSPECT;
      }
    }
    return Severity.WELL;
  }

  /** What is the matter, in a sentence: the doctor's first finding, if there is one; or empty. */
  public String why() {
    return switch (severity()) {
      case LOST -> "went without a word";
      case AWAY -> "said goodbye";
      case UNKNOWN -> presence == Presence.INIT ? "is being born" : "no health heard yet";
      case WELL -> finding();
      case DOWN, DEGRADED, SUSPECT -> finding().isEmpty() ? worst() : finding();
    };
  }

  private String finding() {
    return findings().stream().map(FleetBox::finding).findFirst().orElse("");
  }

  /** As {@code twinspan doctor} puts it: cause, what it is about, sentence. */
  static String finding(JsonNode finding) {
    String about = text(finding, "about");
    return text(finding, "cause")
        + ": "
        + (about.isEmpty() ? "" : about + ": ")
        + text(finding, "sentence");
  }

  private boolean hasProblem() {
    return findings().stream().anyMatch(finding -> text(finding, "severity").equals("problem"));
  }

  private String worst() {
    for (JsonNode tunnel : tunnels()) {
      if (!CARRIES.contains(text(tunnel, "state"))) {
        return text(tunnel, "name") + ": " + text(tunnel, "sentence");
      }
    }
    JsonNode missing = sessionMissing();
    if (missing != null) {
      return "BGP by %s is %s".formatted(text(missing, "session"), text(missing, "state"));
    }
    for (JsonNode tunnel : tunnels()) {
      if (doubtful(tunnel)) {
        return "%s: %s"
            .formatted(
                text(tunnel, "name"),
                DOUBTFUL.contains(text(tunnel, "state"))
                    ? text(tunnel, "sentence")
                    : String.format(
                        Locale.ROOT,
                        "%.1f %% of what the peer sends is lost",
                        100 * tunnel.path("lossIn").asDouble(0)));
      }
    }
    return "it has no tunnels";
  }

  private static boolean doubtful(JsonNode tunnel) {
    return DOUBTFUL.contains(text(tunnel, "state")) || tunnel.path("lossIn").asDouble(0) > LOSSY;
  }

  private @Nullable JsonNode sessionMissing() {
    if (health != null) {
      for (JsonNode bgp : health.path("bgp")) {
        if (!text(bgp, "state").equals("established")) {
          return bgp;
        }
      }
    }
    return null;
  }

  /**
   * @return whether it was news of this life of the box
   */
  boolean state(JsonNode told) {
    Presence next = presence(text(told, "state"));
    long of = told.path("session").asLong(0);
    if (next == null) {
      return false;
    }
    boolean birth = next == Presence.INIT || next == Presence.READY;
    if (!birth && of < born) {
      return false; // A will, or a farewell, of a life before.
    }
    if (of != session) {
      forget();
    }
    presence = next;
    session = of;
    born = birth ? of : born;
    version = text(told, "version");
    since = instant(text(told, "since"));
    return true;
  }

  void about(JsonNode told) {
    about = told;
  }

  void ota(JsonNode told) {
    ota = told;
  }

  void reported(@Nullable JsonNode told) {
    reported = told;
  }

  /**
   * @return whether it was news of this life of the box
   */
  boolean health(JsonNode told, Instant heard) {
    long of = told.path("session").asLong(0);
    long number = told.path("seq").asLong(0);
    if (of < Math.max(session, born)) {
      return false;
    }
    if (of > session) {
      // A late will has taken the place of its `ready` at the broker: it speaks, so it is there.
      forget();
      session = of;
      born = of;
      presence = Presence.READY;
    }
    if (sequence > 0 && number > sequence + 1) {
      missed += number - sequence - 1;
    }
    sequence = number;
    health = told;
    healthHeard = heard;
    return true;
  }

  void event(JsonNode told) {
    events.addLast(told);
    if (events.size() > EVENTS) {
      events.removeFirst();
    }
  }

  private void forget() {
    health = null;
    healthHeard = null;
    sequence = 0;
  }

  private static @Nullable Presence presence(String word) {
    for (Presence presence : Presence.values()) {
      if (presence.word().equals(word)) {
        return presence;
      }
    }
    return null;
  }

  static String text(JsonNode tree, String name) {
    return tree.path(name).asString("");
  }

  static @Nullable Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException _) {
      return null;
    }
  }
}
