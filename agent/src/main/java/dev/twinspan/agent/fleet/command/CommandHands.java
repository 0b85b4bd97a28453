package dev.twinspan.agent.fleet.command;

import dev.twinspan.agent.fleet.command.Hands.Report.Answered;
import dev.twinspan.agent.fleet.command.Hands.Report.Ended;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.AgentControl;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.agent.update.UpdateListener;
import dev.twinspan.agent.update.UpdateOrder;
import dev.twinspan.agent.update.Updates;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Hands commands to the control loop, and does on threads of their own what takes a while: nothing
 * of it runs on the loop, or on the thread "fleet".
 *
 * <pre>
 *   control loop ──────────┐ offer
 *   fleet-capture (virtual) ┼──────► reports ──► fleet: {@link CommandCore}
 *   fleet-speed-test, -reboot ┘
 * </pre>
 */
final class CommandHands implements Hands {
  /** Each command tells of a dozen steps at most, and eight are under way at most. */
  private static final int MOST_REPORTS = 1024;

  private final AgentControl control;
  private final Recorder recorder;
  private final LogLevels levels;
  private final List<String> reboot;
  private final @Nullable Updates updates;
  private final BlockingQueue<Report> reports = new LinkedBlockingQueue<>(MOST_REPORTS);

  /**
   * @param captures folder that captures are kept in
   * @param reboot the program that starts the box anew, and its arguments
   * @param updates null: this machine has no image that could be updated
   */
  CommandHands(
      AgentControl control,
      Path captures,
      LogLevels levels,
      List<String> reboot,
      @Nullable Updates updates) {
    this.updates = updates;
    this.control = control;
    this.recorder = new Recorder(control, captures, this::report);
    this.levels = levels;
    this.reboot = List.copyOf(reboot);
  }

  @Override
  public void check(Order order) throws Refused {
    if (updates == null) {
      Hands.super.check(order);
    }
  }

  @Override
  public List<Report> reports() {
    List<Report> drained = new ArrayList<>();
    reports.drainTo(drained);
    return drained;
  }

  private void report(Report report) {
    // One that finds no room is late: its command's time runs out, which is told.
    boolean _ = reports.offer(report);
  }

  @Override
  public void begin(String id, Order order, AgentStatus status) {
    switch (order) {
      case Order.Reset(String tunnel) -> answer(id, control.reset(tunnel));
      case Order.Rekey(String tunnel, boolean ike) -> answer(id, control.rekey(tunnel, ike));
      case Order.Drain(String tunnel) -> answer(id, control.drain(tunnel));
      case Order.Undrain(String tunnel) -> answer(id, control.undrain(tunnel));
      case Order.SelfDrill(String tunnel) ->
          answer(id, control.drill(tunnel == null ? "" : tunnel));
      case Order.Capture capture -> recorder.begin(id, capture);
      case Order.SpeedTest(int seconds) ->
          Thread.ofPlatform()
              .name("fleet-speed-test")
              .daemon()
              .start(() -> report(SpeedTest.run(id, status.cryptoBackend().name(), seconds)));
      case Order.LogLevel level -> {
        levels.set(System.nanoTime(), level.level(), level.seconds());
        String word = level.level().name().toLowerCase(Locale.ROOT);
        report(
            new Ended(
                id,
                true,
                "ok",
                "level %s for %d s".formatted(word, level.seconds()),
                Json.object().put("level", word).put("seconds", level.seconds())));
      }
      case Order.Reboot _ -> {
        report(new Report.Step(id, "the box is being started anew", -1));
        Thread.ofVirtual().name("fleet-reboot").start(() -> Reboot.run(id, reboot, this::report));
      }
      case Order.Update(UpdateOrder wanted) -> {
        if (updates != null) {
          updates.order(wanted, listener(id));
        }
      }
    }
  }

  private UpdateListener listener(String id) {
    return new UpdateListener() {
      @Override
      public void step(String step, int percent) {
        report(new Report.Step(id, step, percent));
      }

      @Override
      public void ended(boolean ok, String reason, String sentence) {
        report(new Ended(id, ok, reason, sentence, null));
      }
    };
  }

  private void answer(String id, CompletableFuture<ControlResult> asked) {
    asked.whenComplete(
        (result, failure) ->
            report(
                new Answered(
                    id,
                    failure == null
                        ? result
                        : ControlResult.refused("failed", "the control loop failed: " + failure))));
  }
}
