package dev.twinspan.agent.control;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.status.AgentControl;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.ControlResult;
import java.util.concurrent.CompletableFuture;

/** The running box: the control loop and the datapath under it. */
public final class Agent implements AgentControl, AutoCloseable {
  private Agent() {}

  /**
   * Opens the devices and sockets and starts the loops; returns once they run (tunnels come up
   * later).
   *
   * @throws AgentStartException with one sentence for the operator
   */
  public static Agent start(AgentConfig config) throws AgentStartException {
    throw new UnsupportedOperationException("" + config);
  }

  /** Completes exceptionally when a loop has died of a fault; {@code up} then ends. */
  public CompletableFuture<Void> failure() {
    throw new UnsupportedOperationException();
  }

  @Override
  public AgentStatus status() {
    throw new UnsupportedOperationException();
  }

  @Override
  public AgentConfig config() {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<ControlResult> reset(String tunnel) {
    throw new UnsupportedOperationException(tunnel);
  }

  @Override
  public CompletableFuture<ControlResult> rekey(String tunnel, boolean ike) {
    throw new UnsupportedOperationException(tunnel + ike);
  }

  @Override
  public CompletableFuture<ControlResult> apply(AgentConfig next) {
    throw new UnsupportedOperationException("" + next);
  }

  @Override
  public CompletableFuture<Void> ping() {
    throw new UnsupportedOperationException();
  }

  /** Deletes the SAs, takes routes and devices away, ends the loops; returns when that is done. */
  @Override
  public void close() {}
}
