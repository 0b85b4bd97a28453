package dev.twinspan.agent.status;

import dev.twinspan.agent.config.AgentConfig;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

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

  @Override
  public AgentStatus status() {
    return StatusFixture.both(10);
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
  public CompletableFuture<ControlResult> apply(AgentConfig next) {
    config = next;
    return answer("apply");
  }

  @Override
  public CompletableFuture<Void> ping() {
    return CompletableFuture.completedFuture(null);
  }

  private CompletableFuture<ControlResult> answer(String what) {
    asked.add(what);
    return CompletableFuture.supplyAsync(() -> ControlResult.accepted(what + " under way"));
  }
}
