package dev.twinspan.agent.status;

import dev.twinspan.agent.capture.CaptureRequest;
import dev.twinspan.agent.capture.CaptureStart;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.fleet.events.EventOutlet;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * What may be asked of a running agent. Implemented by the control loop; any thread may call, the
 * calls are messages to the loop and the futures complete on it (so callers only hand on).
 */
public interface AgentControl {
  /** The latest copy; never blocks. */
  AgentStatus status();

  /** From now on each copy has what this gives; any thread may call it, and it must not block. */
  void add(Supplier<Added> others);

  /** Every event, as it happens: for the one who tells the fleet. */
  EventOutlet events();

  /** The configuration in force. */
  AgentConfig config();

  /** Deletes the tunnel's SAs and starts over. */
  CompletableFuture<ControlResult> reset(String tunnel);

  /**
   * Replaces the tunnel's keys.
   *
   * @param ike the IKE SA instead of the CHILD SA
   */
  CompletableFuture<ControlResult> rekey(String tunnel, boolean ike);

  /** Moves the tunnel's flows, and closes it when what was sent is out. */
  CompletableFuture<ControlResult> drain(String tunnel);

  /** Opens a drained tunnel again. */
  CompletableFuture<ControlResult> undrain(String tunnel);

  /**
   * Drains and undrains each of these in turn, and measures what that costs; {@link #status} tells.
   *
   * @param tunnel empty: all that have a neighbour
   */
  CompletableFuture<ControlResult> drill(String tunnel);

  /**
   * The tunnel's latest IKE messages, oldest first.
   *
   * @param after only those with a higher sequence
   */
  CompletableFuture<List<TracedMessage>> trace(String tunnel, long after);

  /** Copies packets from now on, until what it starts is ended. */
  CompletableFuture<CaptureStart> capture(CaptureRequest request);

  /** Takes up a new configuration; tunnels whose settings did not change are left alone. */
  CompletableFuture<ControlResult> apply(AgentConfig next);

  /**
   * From now on these, and none besides, are reached past the tunnels, whatever prefix of theirs
   * holds them; completes when the kernel has their routes.
   */
  CompletableFuture<Void> keepOutside(Set<InetAddress> addresses);

  /**
   * {@link System#nanoTime} at which the loop last began a turn, which it does once a second at
   * least: the watchdog's proof of life, for which nobody is woken.
   */
  long turnedAt();
}
