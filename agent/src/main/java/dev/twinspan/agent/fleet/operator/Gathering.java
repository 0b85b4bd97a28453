package dev.twinspan.agent.fleet.operator;

import dev.twinspan.agent.fleet.operator.FleetBox.Presence;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Fills a model with what the broker keeps and with what is told meanwhile. MQTT has no mark behind
 * the last retained message; so the first that came is subscribed to once more, by its own topic:
 * when it comes again, all that stood before it has come, since a broker keeps the order of one
 * connection. That needs no right to publish.
 */
public final class Gathering {
  /** Nothing at all within it: the broker keeps nothing of this fleet. */
  private static final Duration FIRST = Duration.ofSeconds(2);

  /** Ten thousand boxes arrive within a few seconds. */
  private static final Duration RETAINED = Duration.ofSeconds(30);

  private final OperatorLink link;
  private final FleetModel model;
  private @Nullable String marker;
  private boolean marked;

  public Gathering(OperatorLink link, FleetModel model) {
    this.link = link;
    this.model = model;
  }

  /**
   * Returns when what the broker keeps of these boxes is in the model.
   *
   * @param boxes {@code SITE/DEVICE}, either may be {@code +}
   * @param kinds besides {@code state}: {@code about}, {@code health} …
   */
  public void retained(List<String> boxes, List<String> kinds)
      throws IOException, InterruptedException {
    List<String> filters = new ArrayList<>();
    for (String box : boxes) {
      filters.add(FleetModel.ROOT + box + "/state");
      kinds.forEach(kind -> filters.add(FleetModel.ROOT + box + "/" + kind));
    }
    marker = null;
    marked = false;
    // QoS 0: what is kept comes at once, not by the handful that may be on its way unacknowledged.
    link.subscribe(filters, 0);
    until(FIRST, () -> marker != null);
    String first = marker;
    if (first != null) {
      link.subscribe(List.of(first), 0);
      until(RETAINED, () -> marked);
    }
  }

  /** Until each box that is there has told how it is, but not longer than that. */
  public void health(Duration most) throws IOException, InterruptedException {
    until(most, () -> model.boxes().stream().noneMatch(Gathering::silent));
  }

  private static boolean silent(FleetBox box) {
    Presence presence = box.presence();
    return box.health() == null && (presence == Presence.READY || presence == Presence.INIT);
  }

  /** Takes what comes until something is so; not longer than that. */
  public boolean until(Duration most, BooleanSupplier so) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + most.toNanos();
    while (!so.getAsBoolean()) {
      long left = deadline - System.nanoTime();
      OperatorLink.Arrived arrived = left <= 0 ? null : link.next(Duration.ofNanos(left));
      if (arrived == null) {
        return false;
      }
      switch (arrived) {
        case OperatorLink.Arrived.Lost(String why) ->
            throw new IOException("the link to the broker is lost: " + why);
        case OperatorLink.Arrived.Message message -> take(message);
      }
    }
    return true;
  }

  private void take(OperatorLink.Arrived.Message message) {
    if (message.retained() && message.topic().endsWith("/state")) {
      marked |= message.topic().equals(marker);
      marker = marker == null ? message.topic() : marker;
    }
    model.take(message.topic(), message.payload(), Instant.now());
  }
}
