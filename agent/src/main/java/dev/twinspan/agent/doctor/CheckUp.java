package dev.twinspan.agent.doctor;

import dev.twinspan.agent.config.AgentConfig.TunnelDevice;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The doctor's rules over the running agent, every {@link #PERIOD}: what {@code status} tells in
 * between is the last look's. It reads the status that the control loop last made and a few files
 * of /proc, so it disturbs neither loop nor packets; a peer that is silent is asked whether it
 * answers at all, at most once in {@link #ASKING}.
 *
 * <pre>
 *   status (immutable) ──► check-up (a virtual thread) ──volatile──► whoever asks for the status
 * </pre>
 *
 * {@link #verdicts}: any thread.
 */
public final class CheckUp implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckUp.class);
  private static final Duration PERIOD = Duration.ofSeconds(3);
  private static final Duration ASKING = Duration.ofSeconds(30);

  private final Supplier<AgentStatus> statuses;
  private final Supplier<TunnelDevice> device;
  private final Thread thread = Thread.ofVirtual().name("check-up").unstarted(this::run);
  private volatile List<Verdict> verdicts = List.of();

  // Of the thread.
  private Map<String, Reach> reaches = Map.of();
  private long asked = System.nanoTime() - ASKING.toNanos();

  /**
   * @param device of the tunnels, by the configuration in force
   */
  public CheckUp(Supplier<AgentStatus> statuses, Supplier<TunnelDevice> device) {
    this.statuses = statuses;
    this.device = device;
  }

  public CheckUp start() {
    thread.start();
    return this;
  }

  /** Of the last look; empty before the first. */
  public List<Verdict> verdicts() {
    return verdicts;
  }

  private void run() {
    AgentStatus earlier = statuses.get();
    Host before = host(earlier);
    try {
      while (true) {
        Thread.sleep(PERIOD);
        AgentStatus status = statuses.get();
        ask(status);
        Host now = host(status);
        verdicts =
            Doctor.examine(new Evidence(earlier, status, reaches, now.since(before))).stream()
                .map(CheckUp::verdict)
                .toList();
        earlier = status;
        before = now;
      }
    } catch (InterruptedException _) {
      LOG.debug("no more check-ups");
    } catch (RuntimeException e) {
      // Tunnels do not depend on it; a fault here must not end them, and must not be kept quiet.
      verdicts = List.of();
      LOG.error("the doctor's rules fail: no more check-ups until the agent is started anew", e);
    }
  }

  private void ask(AgentStatus status) throws InterruptedException {
    boolean silent = status.tunnels().stream().anyMatch(PathRule::isSilent);
    if (!silent) {
      reaches = Map.of();
    } else if (System.nanoTime() - asked >= ASKING.toNanos()) {
      reaches = Reaching.ofSilent(status);
      asked = System.nanoTime();
    }
  }

  /** Who calls in vain is asked about only where a session is missing. */
  private Host host(AgentStatus status) {
    boolean waits =
        status.bgp().stream().anyMatch(session -> session.state() != BgpSession.State.ESTABLISHED);
    return Host.read(device.get().name(), device.get().mtu(), waits);
  }

  private static Verdict verdict(Finding finding) {
    return new Verdict(
        finding.severity().word(),
        finding.cause().code(),
        CausePages.title(finding.cause()),
        finding.about(),
        finding.sentence(),
        finding.fixes());
  }

  @Override
  public void close() {
    if (thread.getState() == Thread.State.NEW) {
      return;
    }
    thread.interrupt();
    try {
      thread.join(PERIOD);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
