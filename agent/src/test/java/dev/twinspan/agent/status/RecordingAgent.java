package dev.twinspan.agent.status;

import dev.twinspan.agent.capture.Capture;
import dev.twinspan.agent.capture.CaptureRequest;
import dev.twinspan.agent.capture.CaptureStart;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.fleet.events.EventOutlet;
import dev.twinspan.datapath.capture.PacketTap;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An agent without tunnels of its own: answers from another thread and remembers what it was asked.
 */
public final class RecordingAgent implements AgentControl {
  private final ConcurrentLinkedQueue<String> asked = new ConcurrentLinkedQueue<>();
  private volatile AgentConfig config;

  public RecordingAgent(AgentConfig config) {
    this.config = config;
  }

  public List<String> asked() {
    return List.copyOf(asked);
  }

  /** What status tells of drills, call by call; the last stays. */
  private final Queue<List<DrillStatus>> drills = new ConcurrentLinkedQueue<>();

  @Override
  public AgentStatus status() {
    List<DrillStatus> told = drills.size() > 1 ? drills.poll() : drills.peek();
    return told == null ? StatusFixture.both(10) : StatusFixture.drilled(told);
  }

  @Override
  public void add(Supplier<Added> others) {}

  @Override
  public EventOutlet events() {
    return new EventOutlet();
  }

  @Override
  public AgentConfig config() {
    return config;
  }

  @Override
  public CompletableFuture<ControlResult> reset(String tunnel) {
    return answer("reset " + tunnel);
  }

  /** An IKE rekey is refused, so that a refusal can be seen. */
  @Override
  public CompletableFuture<ControlResult> rekey(String tunnel, boolean ike) {
    return ike
        ? CompletableFuture.completedFuture(
            ControlResult.refused("not-established", tunnel + " is not established"))
        : answer("rekey " + tunnel);
  }

  @Override
  public CompletableFuture<ControlResult> drain(String tunnel) {
    return answer("drain " + tunnel);
  }

  @Override
  public CompletableFuture<ControlResult> undrain(String tunnel) {
    return answer("undrain " + tunnel);
  }

  @Override
  public CompletableFuture<ControlResult> drill(String tunnel) {
    drills.add(List.of());
    drills.add(List.of(StatusFixture.drill(DrillStatus.Outcome.RUNNING)));
    drills.add(List.of(StatusFixture.drill(DrillStatus.Outcome.PASSED)));
    return answer("drill " + tunnel);
  }

  @Override
  public CompletableFuture<List<TracedMessage>> trace(String tunnel, long after) {
    asked.add("trace " + tunnel + " after " + after);
    TracedMessage message =
        new TracedMessage(
            7,
            Instant.parse("2026-01-02T03:04:05.678Z"),
            true,
            "INFORMATIONAL",
            false,
            3,
            0x1122334455667788L,
            -1,
            2,
            List.of("D(ESP c0ffee01)", "IDi(evil\u001b[2J)"));
    return CompletableFuture.supplyAsync(
        () -> after < message.sequence() ? List.of(message) : List.of());
  }

  /** The capture that was started last. */
  public volatile @Nullable Capture capture;

  @Override
  public CompletableFuture<CaptureStart> capture(CaptureRequest request) {
    asked.add("capture " + request.tunnel() + ": " + request.words());
    Capture started = new Capture(request, PacketTap.ALL);
    capture = started;
    return CompletableFuture.supplyAsync(() -> new CaptureStart.Running(started));
  }

  @Override
  public CompletableFuture<ControlResult> apply(AgentConfig next) {
    config = next;
    return answer("apply");
  }

  @Override
  public CompletableFuture<Void> keepOutside(Set<InetAddress> addresses) {
    asked.add("keep outside " + addresses);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public long turnedAt() {
    return System.nanoTime();
  }

  private CompletableFuture<ControlResult> answer(String what) {
    asked.add(what);
    return CompletableFuture.supplyAsync(() -> ControlResult.accepted(what + " under way"));
  }
}
