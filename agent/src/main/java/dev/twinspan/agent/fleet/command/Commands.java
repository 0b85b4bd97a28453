package dev.twinspan.agent.fleet.command;

import dev.twinspan.agent.status.AgentControl;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.update.Updates;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands of one box, and their acks until there is somebody to tell. Outlives links; one thread
 * after the other may call, and its lock keeps a link that goes and the one that comes apart.
 */
public final class Commands {
  private static final Logger LOG = LoggerFactory.getLogger(Commands.class);

  /** Acks that wait for a connection; of those under way only the latest word waits. */
  private static final int MOST_WAITING = 256;

  /** What was told in the last moments of a connection may have been lost with it. */
  private static final long AGAIN_NANOS = 120_000_000_000L;

  private record Told(Ack ack, long at) {}

  private final CommandCore core;
  private final Deque<Ack> waiting = new ArrayDeque<>();
  private final Deque<Told> told = new ArrayDeque<>();
  private boolean loaded;

  /**
   * @param directory where ids are kept, and captures
   * @param mayReboot of the configuration in force
   * @param updates null: this machine has no image that could be updated
   */
  public Commands(
      AgentControl control,
      Path directory,
      LogLevels levels,
      BooleanSupplier mayReboot,
      @Nullable Updates updates) {
    this(
        new CommandJournal(directory),
        new CommandHands(control, directory.resolve("captures"), levels, Reboot.command(), updates),
        mayReboot);
  }

  Commands(Journal journal, Hands hands, BooleanSupplier mayReboot) {
    this.core = new CommandCore(journal, hands, mayReboot);
  }

  public synchronized void take(CommandMessage message, AgentStatus status) {
    core.take(System.nanoTime(), message, status);
    gather();
  }

  /** As time goes by; several times a second. */
  public synchronized void look(long now, AgentStatus status) {
    if (!loaded) {
      loaded = true;
      try {
        core.load(now);
      } catch (IOException e) {
        LOG.warn(
            "no commands from afar until fleet.state-directory can be read: {}", e.getMessage());
      }
    }
    core.look(now, status);
    gather();
  }

  private void gather() {
    for (Ack ack : core.drain()) {
      LOG.info(
          "fleet: {} {}: {}{}",
          ack.verb(),
          ack.id(),
          ack.stage().word(),
          ack.reason() == null ? "" : ", " + ack.reason());
      if (waiting.size() >= MOST_WAITING) {
        waiting.removeIf(one -> one.id().equals(ack.id()) && !one.stage().isFinal());
      }
      if (waiting.size() >= MOST_WAITING) {
        waiting.removeFirst();
      }
      waiting.add(ack);
    }
  }

  /** There is a connection anew: the last words of the one before are told again. */
  public synchronized void linked(long now) {
    List<Ack> again = new ArrayList<>();
    for (Told one : told) {
      if (now - one.at() < AGAIN_NANOS) {
        again.add(one.ack());
      }
    }
    told.clear();
    again.reversed().forEach(waiting::addFirst);
  }

  /** What is to be told, once each. */
  public synchronized List<Ack> drain() {
    long now = System.nanoTime();
    List<Ack> drained = List.copyOf(waiting);
    waiting.clear();
    for (Ack ack : drained) {
      if (ack.stage().isFinal()) {
        told.add(new Told(ack, now));
      }
    }
    while (told.size() > MOST_WAITING
        || !told.isEmpty() && now - told.getFirst().at() >= AGAIN_NANOS) {
      told.removeFirst();
    }
    return drained;
  }
}
