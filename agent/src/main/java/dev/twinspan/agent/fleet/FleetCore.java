package dev.twinspan.agent.fleet;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.FleetStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * When to dial and what to publish. No I/O: time and the status come in, actions go out.
 *
 * <pre>
 *            time is up                connected
 *  WAITING ─────────────► CONNECTING ────────────► ONLINE      publishes init, about, ready; then health
 *     ▲                     │   too long, failed     │ lost
 *     └─────────────────────┴────────────────────────┘         the wait doubles, and is drawn by lot
 *  any ── stop ──► STOPPED                                     publishes disconnected where ONLINE
 * </pre>
 *
 * Times are nanoseconds of one monotonic clock. For one thread at a time.
 */
final class FleetCore {
  static final Duration CONNECT_LIMIT = Duration.ofSeconds(20);
  static final Duration FIRST_WAIT = Duration.ofSeconds(2);
  static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

  /** A link that lasted as long counts as good: the next wait is short again. */
  private static final Duration GOOD = Duration.ofMinutes(1);

  /** Whoever asks for a rebirth sooner finds the last one. */
  static final Duration BETWEEN_BIRTHS = Duration.ofSeconds(10);

  /** Changes are told at once, but not more often. */
  private static final Duration BETWEEN_CHANGES = Duration.ofMillis(500);

  private enum Phase {
    WAITING,
    CONNECTING,
    ONLINE,
    STOPPED
  }

  private final long session;
  private final long healthInterval;
  private final DoubleSupplier lot;
  private final Supplier<Machine> machine;

  private Phase phase = Phase.WAITING;
  private long since;
  private long wait;
  private int failures;
  private long sequence;
  private long lastBirth;
  private long lastHealth;
  private List<String> lastTold = List.of();

  /**
   * @param session counter of the agent's starts
   * @param lot evenly from 0 to 1
   */
  FleetCore(
      long now,
      long session,
      Duration healthInterval,
      DoubleSupplier lot,
      Supplier<Machine> machine) {
    this.since = now;
    this.session = session;
    this.healthInterval = healthInterval.toNanos();
    this.lot = lot;
    this.machine = machine;
  }

  /** As time goes by; several times a second. */
  List<FleetAction> tick(long now, AgentStatus status) {
    return switch (phase) {
      case WAITING -> now - since >= wait ? dial(now, status) : List.of();
      case CONNECTING -> now - since >= CONNECT_LIMIT.toNanos() ? fail(now) : List.of();
      case ONLINE -> {
        long passed = now - lastHealth;
        boolean changed = !told(status).equals(lastTold);
        yield passed >= healthInterval || (changed && passed >= BETWEEN_CHANGES.toNanos())
            ? List.of(health(now, status))
            : List.of();
      }
      case STOPPED -> List.of();
    };
  }

  /** The client that was asked for last is connected. */
  List<FleetAction> connected(long now, AgentStatus status) {
    if (phase != Phase.CONNECTING) {
      return List.of();
    }
    enter(Phase.ONLINE, now);
    lastBirth = now;
    return List.of(
        publish(FleetTopic.STATE, status, Payloads.state(Payloads.State.INIT, session, status)),
        publish(FleetTopic.ABOUT, status, Payloads.about(session, status)),
        publish(FleetTopic.STATE, status, Payloads.state(Payloads.State.READY, session, status)),
        health(now, status));
  }

  /**
   * Somebody has missed a message, and asks who and how this is: all of it is told again, at most
   * every ten seconds, whoever asks.
   */
  List<FleetAction> rebirth(long now, AgentStatus status) {
    if (phase != Phase.ONLINE || now - lastBirth < BETWEEN_BIRTHS.toNanos()) {
      return List.of();
    }
    lastBirth = now;
    return List.of(
        publish(FleetTopic.ABOUT, status, Payloads.about(session, status)),
        publish(FleetTopic.STATE, status, Payloads.state(Payloads.State.READY, session, status)),
        health(now, status));
  }

  /** It could not connect, or is connected no more. */
  List<FleetAction> lost(long now) {
    return phase == Phase.CONNECTING || phase == Phase.ONLINE ? fail(now) : List.of();
  }

  /** The last call. */
  List<FleetAction> stop(long now, AgentStatus status) {
    boolean online = phase == Phase.ONLINE;
    boolean dialled = online || phase == Phase.CONNECTING;
    enter(Phase.STOPPED, now);
    List<FleetAction> actions = new ArrayList<>();
    if (online) {
      ObjectNode parting = Payloads.state(Payloads.State.DISCONNECTED, session, status);
      actions.add(publish(FleetTopic.STATE, status, parting));
    }
    if (dialled) {
      actions.add(new FleetAction.Close(online));
    }
    return actions;
  }

  /** Whether what is published arrives. */
  boolean online() {
    return phase == Phase.ONLINE;
  }

  FleetStatus.State state() {
    return switch (phase) {
      case WAITING, STOPPED -> FleetStatus.State.WAITING;
      case CONNECTING -> FleetStatus.State.CONNECTING;
      case ONLINE -> FleetStatus.State.CONNECTED;
    };
  }

  /** How long until it dials again; 0 when it is not waiting. */
  Duration untilNextAttempt(long now) {
    return phase == Phase.WAITING
        ? Duration.ofNanos(Math.max(0, since + wait - now))
        : Duration.ZERO;
  }

  private List<FleetAction> dial(long now, AgentStatus status) {
    enter(Phase.CONNECTING, now);
    return List.of(
        new FleetAction.Connect(
            FleetTopic.STATE.name(status),
            Payloads.bytes(Payloads.state(Payloads.State.LOST, session, status))));
  }

  /** Full jitter: ten thousand boxes that lost one broker do not come back at once. */
  private List<FleetAction> fail(long now) {
    if (phase == Phase.ONLINE && now - since >= GOOD.toNanos()) {
      failures = 0;
    }
    long most = Math.min(LONGEST_WAIT.toNanos(), FIRST_WAIT.toNanos() << Math.min(failures, 10));
    wait = FIRST_WAIT.toNanos() / 4 + (long) (lot.getAsDouble() * most);
    failures++;
    enter(Phase.WAITING, now);
    return List.of(new FleetAction.Close(false));
  }

  private void enter(Phase next, long now) {
    phase = next;
    since = now;
  }

  private FleetAction health(long now, AgentStatus status) {
    lastHealth = now;
    lastTold = told(status);
    return publish(
        FleetTopic.HEALTH, status, Payloads.health(session, ++sequence, status, machine.get()));
  }

  /** What makes a report due at once when it changes. */
  private static List<String> told(AgentStatus status) {
    List<String> told = new ArrayList<>();
    status.tunnels().forEach(t -> told.add(t.name() + " " + t.state() + " " + t.reason().code()));
    status.bgp().forEach(b -> told.add(b.tunnel() + " " + b.state()));
    status.added().first().forEach(v -> told.add(v.severity() + " " + v.cause() + " " + v.about()));
    return told;
  }

  private static FleetAction publish(FleetTopic topic, AgentStatus status, ObjectNode payload) {
    return new FleetAction.Publish(
        topic.name(status), Payloads.bytes(payload), topic.qos(), topic.retained());
  }
}
