package dev.twinspan.agent.fleet.command;

import dev.twinspan.agent.fleet.command.Ack.Stage;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.ControlResult;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which commands are carried out, and what their senders are told. No I/O of its own: time, status,
 * journal and hands are handed in.
 *
 * <pre>
 *  message ─► known id? ─► its latest ack, and nothing else
 *     │           no
 *     ├─► Judge, expiry, the box's state ─► rejected, expired
 *     └─► accepted: on the disk FIRST, then begun ─► running* ─► done | failed (also when time is up)
 * </pre>
 *
 * Times are nanoseconds of one monotonic clock. For one thread at a time.
 */
final class CommandCore {
  static final int MOST_RUNNING = 8;

  /** A command under way. */
  private static final class Running {
    final String id;
    final Verb verb;
    final Order order;
    final long deadline;
    final @Nullable Watch watch;

    /** Time of the status that was the latest when the control loop took it; null: not yet. */
    @Nullable Instant taken;

    String step = "";
    int percent = -1;

    Running(String id, Verb verb, Order order, long deadline, @Nullable Watch watch) {
      this.id = id;
      this.verb = verb;
      this.order = order;
      this.deadline = deadline;
      this.watch = watch;
    }
  }

  private final CommandMemory memory;
  private final Hands hands;
  private final BooleanSupplier mayReboot;
  private final Map<String, Running> running = new LinkedHashMap<>();
  private List<Ack> acks = new ArrayList<>();

  CommandCore(Journal journal, Hands hands, BooleanSupplier mayReboot) {
    this.memory = new CommandMemory(journal);
    this.hands = hands;
    this.mayReboot = mayReboot;
  }

  /** What is to be told, once each. */
  List<Ack> drain() {
    List<Ack> drained = acks;
    acks = new ArrayList<>();
    return drained;
  }

  /**
   * Takes up what the last life of the agent has left.
   *
   * @throws IOException when that cannot be read: every command is rejected until it can
   */
  void load(long now) throws IOException {
    acks.addAll(memory.load(now));
  }

  void take(long now, CommandMessage message, AgentStatus status) {
    if (message.retained() && message.size() == 0) {
      return; // somebody cleans up: MQTT 5 section 3.3.1.3
    }
    String told = Judge.told(message);
    String id = Judge.id(message);
    if (id == null) {
      acks.add(
          Ack.not(
              Judge.NO_ID,
              told,
              Stage.REJECTED,
              "no_id",
              "MQTT's correlation data is no id: expected 1 to 64 of A-Z a-z 0-9 . _ -"));
      return;
    }
    try {
      load(now);
    } catch (IOException e) {
      acks.add(Ack.not(id, told, Stage.REJECTED, "not_durable", unreadable(e)));
      return;
    }
    Ack known = memory.find(id);
    if (known != null) {
      acks.add(known);
      return;
    }
    Order order;
    try {
      order = Judge.order(id, message);
    } catch (Refused e) {
      // Judged alike should it come again, so that it needs no room in the memory.
      acks.add(Ack.not(id, told, Stage.REJECTED, e.reason(), e.sentence()));
      return;
    }
    if (!memory.hasRoom(now)) {
      String sentence = "%d commands within an hour: wait".formatted(CommandMemory.MOST);
      acks.add(Ack.not(id, told, Stage.REJECTED, "busy", sentence));
      return;
    }
    Verb verb = Verb.of(message.verb()).orElseThrow();
    begin(now, id, verb, order, message, status);
  }

  private void begin(
      long now, String id, Verb verb, Order order, CommandMessage message, AgentStatus status) {
    Ack first = Ack.accepted(id, verb);
    long waited = now - message.arrivedNanos();
    if (waited >= Duration.ofSeconds(message.expirySeconds()).toNanos()) {
      first =
          Ack.not(
              id,
              verb.word(),
              Stage.EXPIRED,
              "expired",
              "it had %d s left on arrival, and waited for %.1f s"
                  .formatted(message.expirySeconds(), waited / 1e9));
    } else {
      try {
        check(order, status);
      } catch (Refused e) {
        first = Ack.not(id, verb.word(), Stage.REJECTED, e.reason(), e.sentence());
      }
    }
    try {
      memory.keep(now, first);
    } catch (IOException e) {
      acks.add(Ack.not(id, verb.word(), Stage.REJECTED, "not_durable", unreadable(e)));
      return;
    }
    acks.add(first);
    if (!first.stage().isFinal()) {
      Watch watch = Watch.of(order, status).orElse(null);
      running.put(id, new Running(id, verb, order, now + limit(order).toNanos(), watch));
      hands.begin(id, order, status);
    }
  }

  private static String unreadable(IOException e) {
    return "fleet.state-directory does not keep what was done, so nothing is: " + e.getMessage();
  }

  /** What the box's state has against it. */
  private void check(Order order, AgentStatus status) throws Refused {
    hands.check(order);
    if ((order instanceof Order.Reboot || order instanceof Order.Update)
        && !mayReboot.getAsBoolean()) {
      throw new Refused("forbidden", "the box's fleet.allow-reboot is false");
    }
    String tunnel = order.on();
    if (tunnel != null && TunnelGoal.find(status, tunnel).isEmpty()) {
      throw new Refused(
          "unknown_tunnel", "no tunnel %s in this box".formatted(Printable.of(tunnel)));
    }
    if (running.size() >= MOST_RUNNING) {
      throw new Refused("busy", MOST_RUNNING + " commands are under way: wait for one to end");
    }
    Optional<Running> other =
        running.values().stream().filter(one -> one.order.collides(order)).findFirst();
    if (other.isPresent()) {
      throw new Refused(
          "busy", "%s %s is under way".formatted(other.get().verb.word(), other.get().id));
    }
  }

  private static Duration limit(Order order) {
    return switch (order) {
      case Order.Drain _, Order.Rekey _ -> Duration.ofSeconds(60);
      case Order.Reset _, Order.Undrain _ -> Duration.ofSeconds(120);
      case Order.SelfDrill _ -> Duration.ofMinutes(30);
      case Order.Capture capture -> Duration.ofSeconds(capture.seconds() + 30L);
      case Order.SpeedTest test -> Duration.ofSeconds(test.seconds() + 60L);
      case Order.LogLevel _ -> Duration.ofSeconds(10);
      case Order.Reboot _ -> Duration.ofSeconds(180);
      // As long as an order may take: what comes later is told under ota.
      case Order.Update _ -> Duration.ofHours(1);
    };
  }

  /** As time goes by. */
  void look(long now, AgentStatus status) {
    for (Hands.Report report : hands.reports()) {
      Running of = running.get(report.id());
      if (of != null) {
        hear(now, of, report, status);
      }
    }
    for (Running of : List.copyOf(running.values())) {
      watch(now, of, status);
      if (running.containsKey(of.id) && now - of.deadline >= 0) {
        end(
            now,
            of,
            Ack.not(
                of.id,
                of.verb.word(),
                Stage.FAILED,
                "timeout",
                "not seen to be done after %d s%s"
                    .formatted(
                        limit(of.order).toSeconds(), of.step.isEmpty() ? "" : "; " + of.step)));
      }
    }
  }

  private void hear(long now, Running of, Hands.Report report, AgentStatus status) {
    switch (report) {
      case Hands.Report.Answered(_, ControlResult result) -> {
        // A box that is already what it was to become does what it was told.
        if (result.ok() || result.code().equals("already-drained")) {
          of.taken = status.time();
        } else {
          end(now, of, failed(of, result.code().replace('-', '_'), result.sentence()));
        }
      }
      case Hands.Report.Step(_, String step, int percent) -> step(now, of, step, percent);
      case Hands.Report.Ended ended ->
          end(
              now,
              of,
              ended.ok()
                  ? Ack.done(of.id, of.verb.word(), ended.sentence(), ended.result())
                  : failed(of, ended.reason(), ended.sentence()));
    }
  }

  /** Only in a status that was made after the loop had taken it. */
  private void watch(long now, Running of, AgentStatus status) {
    if (of.watch == null || of.taken == null || of.taken.equals(status.time())) {
      return;
    }
    switch (of.watch.look(status)) {
      case Watch.Progress.Going(String step, int percent) -> step(now, of, step, percent);
      case Watch.Progress.Ended ended ->
          end(
              now,
              of,
              ended.ok()
                  ? Ack.done(of.id, of.verb.word(), ended.sentence(), ended.result())
                  : failed(of, ended.reason(), ended.sentence()));
    }
  }

  private static Ack failed(Running of, String reason, String sentence) {
    return Ack.not(of.id, of.verb.word(), Stage.FAILED, reason, sentence);
  }

  private void step(long now, Running of, String step, int percent) {
    if (step.equals(of.step) && percent == of.percent) {
      return;
    }
    of.step = step;
    of.percent = percent;
    Ack ack = Ack.running(of.id, of.verb, step, percent);
    memory.note(now, ack);
    acks.add(ack);
  }

  private void end(long now, Running of, Ack ack) {
    running.remove(of.id);
    try {
      memory.keep(now, ack);
    } catch (IOException _) {
      // Its beginning is on the disk: it is not done again, whatever is told of it then.
      memory.note(now, ack);
    }
    acks.add(ack);
  }
}
