package dev.twinspan.agent.fleet.operator;

import dev.twinspan.agent.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * All boxes, as their messages show them. No I/O: messages come in, in any order between topics.
 * What is malformed changes nothing and is counted. For one thread.
 */
public final class FleetModel {
  /** Lost first; then by site and device, so that a list stands still. */
  public static final Comparator<FleetBox> WORST_FIRST =
      Comparator.comparing(FleetBox::severity)
          .thenComparing(FleetBox::site)
          .thenComparing(FleetBox::device);

  /** Of all topics. */
  public static final String ROOT = "twinspan/1/";

  /** The largest that the fleet's topics may carry. */
  private static final int LARGEST = 64 << 10;

  /** Ten times the fleet this is built for; a stranger who may publish cannot fill the memory. */
  private static final int MOST_BOXES = 100_000;

  private record Id(String site, String device) {}

  private final Map<Id, FleetBox> boxes = new LinkedHashMap<>();
  private long refused;

  /** Of which box and what kind: the parts of a topic behind the root. */
  public record Place(String site, String device, String kind) {
    /** Null: no topic of the fleet. */
    public static @Nullable Place of(String topic) {
      if (!topic.startsWith(ROOT)) {
        return null;
      }
      String[] parts = topic.substring(ROOT.length()).split("/", 3);
      return parts.length == 3 && !parts[0].isEmpty() && !parts[1].isEmpty()
          ? new Place(parts[0], parts[1], parts[2])
          : null;
    }
  }

  /**
   * Takes a message in.
   *
   * @param heard now
   * @return the box it was of; null: nothing of use
   */
  public @Nullable FleetBox take(String topic, byte[] payload, Instant heard) {
    Place place = Place.of(topic);
    JsonNode told = payload.length > LARGEST ? null : parsed(payload);
    if (place == null || told == null) {
      return refuse(payload);
    }
    FleetBox box = box(place, boxes.size() < MOST_BOXES);
    if (box == null) {
      return refuse(payload);
    }
    boolean news =
        switch (place.kind()) {
          case "state" -> box.state(told);
          case "health" -> box.health(told, heard);
          case "about" -> {
            box.about(told);
            yield true;
          }
          case "reported" -> {
            box.reported(told);
            yield true;
          }
          case "ota" -> {
            box.ota(told);
            yield true;
          }
          case "event" -> {
            box.event(told);
            yield true;
          }
          default -> false;
        };
    return news ? box : null;
  }

  /** An empty one clears what is retained, and is no fault. */
  private @Nullable FleetBox refuse(byte[] payload) {
    refused += payload.length == 0 ? 0 : 1;
    return null;
  }

  private @Nullable FleetBox box(Place place, boolean more) {
    Id id = new Id(place.site(), place.device());
    FleetBox box = boxes.get(id);
    if (box == null && more) {
      box = new FleetBox(place.site(), place.device());
      boxes.put(id, box);
    }
    return box;
  }

  private static @Nullable JsonNode parsed(byte[] payload) {
    try {
      JsonNode told = Json.parse(new String(payload, StandardCharsets.UTF_8));
      return told.isObject() ? told : null;
    } catch (Json.Malformed _) {
      return null;
    }
  }

  /** In the order in which they were first heard. */
  public Collection<FleetBox> boxes() {
    return Collections.unmodifiableCollection(boxes.values());
  }

  public List<FleetBox> worstFirst() {
    return boxes.values().stream().sorted(WORST_FIRST).toList();
  }

  /** Boxes of that name; a name is unique in a fleet that is well kept. */
  public List<FleetBox> named(String device) {
    return boxes.values().stream().filter(box -> box.device().equals(device)).toList();
  }

  /** Messages that were none of the fleet's, or malformed. */
  public long refused() {
    return refused;
  }

  /** How many are how badly. */
  public static Map<Severity, Integer> count(Collection<FleetBox> boxes) {
    Map<Severity, Integer> count = new EnumMap<>(Severity.class);
    boxes.forEach(box -> count.merge(box.severity(), 1, Integer::sum));
    return count;
  }
}
