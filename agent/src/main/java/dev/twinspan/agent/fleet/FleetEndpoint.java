package dev.twinspan.agent.fleet;

import dev.twinspan.agent.config.FleetConfig;
import dev.twinspan.agent.status.AgentStatus;
import java.io.IOException;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the link that the configuration wants. For one thread at a time. */
public final class FleetEndpoint implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FleetEndpoint.class);

  private final Supplier<AgentStatus> status;
  private @Nullable FleetConfig wanted;
  private @Nullable FleetLink link;

  /** Of this start of the agent; 0: not counted yet. */
  private long session;

  /**
   * @param status the latest copy; does not block
   */
  public FleetEndpoint(Supplier<AgentStatus> status) {
    this.status = status;
  }

  /**
   * Called now and then with what is configured.
   *
   * @param next null: no link
   */
  public void follow(@Nullable FleetConfig next) {
    if (Objects.equals(next, wanted)) {
      return;
    }
    close();
    wanted = next;
    if (next == null) {
      return;
    }
    FleetCore core =
        new FleetCore(
            System.nanoTime(),
            session(next),
            next.healthInterval(),
            () -> ThreadLocalRandom.current().nextDouble(),
            Machine::now);
    String device = status.get().device();
    link = new FleetLink(core, PahoClient.factory(next, device), status, next.broker());
    link.start();
  }

  /** One that cannot be counted is taken from the clock: better than the same number twice. */
  private long session(FleetConfig fleet) {
    long seconds = Instant.now().getEpochSecond();
    if (session == 0) {
      try {
        session = SessionCounter.next(fleet.stateDirectory(), seconds);
      } catch (IOException e) {
        LOG.warn(
            "fleet.state-directory {} cannot be written ({}): the session's number is the time",
            fleet.stateDirectory(),
            e.getMessage());
        session = seconds;
      }
    }
    return session;
  }

  @Override
  public void close() {
    if (link != null) {
      link.close();
      link = null;
    }
  }
}
