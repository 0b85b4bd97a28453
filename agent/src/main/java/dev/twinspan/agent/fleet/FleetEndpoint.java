package dev.twinspan.agent.fleet;

import dev.twinspan.agent.config.FleetConfig;
import dev.twinspan.agent.fleet.command.Commands;
import dev.twinspan.agent.fleet.command.LogLevels;
import dev.twinspan.agent.fleet.desired.DesiredDesk;
import dev.twinspan.agent.fleet.events.Outbox;
import dev.twinspan.agent.status.AgentControl;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.FleetStatus;
import dev.twinspan.agent.update.Updates;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the link that the configuration wants. For one thread at a time. */
public final class FleetEndpoint implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FleetEndpoint.class);
  private static final long WAY_SECONDS = 10;

  private final AgentControl agent;
  private final LogLevels levels = new LogLevels();
  private @Nullable FleetConfig wanted;
  private volatile @Nullable FleetLink link;

  /** They outlive a link, whose settings may change; null: there was none. */
  private @Nullable Commands commands;

  private @Nullable Path commandsIn;

  private final DesiredDesk desk;
  private final @Nullable Updates updates;

  /**
   * @param file the configuration
   * @param wake has {@link #tryOut} and {@link #follow} called soon
   * @param updates null: this machine has no image that could be updated
   */
  public FleetEndpoint(AgentControl agent, Path file, Runnable wake, @Nullable Updates updates) {
    this.updates = updates;
    this.agent = agent;
    this.desk = new DesiredDesk(agent, file, wake);
  }

  /** Takes up a configuration from afar, or takes it back; before {@link #follow}. */
  public void tryOut() {
    desk.step();
  }

  /** Whether a configuration from afar is in force that has not taken the file's place yet. */
  public boolean isTrying() {
    return desk.isTrying();
  }

  /** An operator's reload has been applied. */
  public void reloaded() {
    desk.reloaded();
  }

  /**
   * Called now and then with what is configured.
   *
   * @param next null: no link
   */
  public void follow(@Nullable FleetConfig next) {
    levels.look(System.nanoTime());
    if (Objects.equals(next, wanted)) {
      return;
    }
    close();
    if (wanted != null && wanted.reach().outsideTunnels()) {
      var _ = agent.keepOutside(Set.of());
    }
    wanted = next;
    if (next == null) {
      return;
    }
    AgentStatus now = agent.status();
    long session = now.session();
    try {
      SessionCounter.keep(next.stateDirectory(), session, Instant.now().getEpochSecond());
    } catch (IOException e) {
      LOG.warn(
          "fleet.state-directory {} cannot be written ({}): session {} may be counted twice",
          next.stateDirectory(),
          e.getMessage(),
          session);
    }
    FleetCore core =
        new FleetCore(
            System.nanoTime(),
            session,
            next.healthInterval(),
            () -> ThreadLocalRandom.current().nextDouble(),
            Machine::now);
    EventFeed feed =
        new EventFeed(
            agent.events(),
            next.stateDirectory().resolve("events"),
            new Outbox.Limits(next.eventsKept(), Outbox.Limits.DEFAULT.bytes()));
    FleetLink started =
        new FleetLink(
            core,
            PahoClient.factory(next, now.device(), to -> openWay(next, to)),
            agent::status,
            next.broker(),
            feed,
            inlets(next, session));
    link = started;
    agent.events().wakes(started::wake);
    started.start();
  }

  /** A broker outside the tunnels may have an address that a prefix of theirs holds. */
  private void openWay(FleetConfig fleet, InetAddress broker) throws IOException {
    if (!fleet.reach().outsideTunnels()) {
      return;
    }
    try {
      agent.keepOutside(Set.of(broker)).get(WAY_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new IOException("the control loop has not made the broker's way: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private List<Inlet> inlets(FleetConfig next, long session) {
    List<Inlet> inlets = new ArrayList<>();
    inlets.add(new CommandInlet(commands(next), session));
    inlets.add(new DesiredInlet(desk, session));
    if (updates != null) {
      inlets.add(new UpdateInlet(updates, session));
    }
    return inlets;
  }

  private Commands commands(FleetConfig fleet) {
    if (commands == null || !fleet.stateDirectory().equals(commandsIn)) {
      commandsIn = fleet.stateDirectory();
      commands = new Commands(agent, fleet.stateDirectory(), levels, this::mayReboot, updates);
    }
    return commands;
  }

  private boolean mayReboot() {
    FleetConfig inForce = agent.config().fleet();
    return inForce != null && inForce.allowReboot();
  }

  /** How the link does; any thread. Null: none is configured. */
  public @Nullable FleetStatus status() {
    FleetLink current = link;
    return current == null ? null : current.view();
  }

  @Override
  public void close() {
    FleetLink current = link;
    if (current != null) {
      agent.events().wakes(null);
      current.close();
      link = null;
    }
  }
}
