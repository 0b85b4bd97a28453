package dev.twinspan.agent.status;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.json.Json.Malformed;
import dev.twinspan.agent.status.EventTotals.Bucket;
import dev.twinspan.agent.status.EventTotals.Count;
import dev.twinspan.agent.status.EventTotals.Outages;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@link EventTotals} to and from JSON. Buckets without an outage have a count alone. */
final class EventTotalsJson {
  private EventTotalsJson() {}

  static ObjectNode tree(EventTotals totals) {
    ArrayNode counts = Json.array();
    for (Count count : totals.counts()) {
      ObjectNode tree = Json.object();
      if (count.tunnel() != null) {
        tree.put("tunnel", count.tunnel());
      }
      counts.add(
          tree.put("code", count.code())
              .put("count", count.count())
              .put("lastId", count.last())
              .put("lastTime", count.lastTime().toString()));
    }
    ArrayNode outages = Json.array();
    for (Outages measured : totals.outages()) {
      ArrayNode buckets = Json.array();
      for (int at = 0; at < measured.buckets().size(); at++) {
        buckets.add(bucket(measured.buckets().get(at), at));
      }
      ObjectNode tree = Json.object().put("tunnel", measured.tunnel());
      outages.add(tree.put("seconds", measured.seconds()).set("buckets", buckets));
    }
    ObjectNode tree = Json.object();
    tree.set("counts", counts);
    tree.set("outages", outages);
    return tree;
  }

  private static ObjectNode bucket(Bucket bucket, int at) {
    ObjectNode tree = Json.object();
    if (at < Outages.BOUNDS.size()) {
      tree.put("upTo", Outages.BOUNDS.get(at).doubleValue());
    }
    tree.put("count", bucket.count());
    if (bucket.count() > 0) {
      tree.put("lastId", bucket.last())
          .put("lastSeconds", bucket.seconds())
          .put("lastTime", bucket.time().toString());
    }
    return tree;
  }

  static EventTotals totals(JsonNode tree) throws Malformed {
    if (!tree.isObject()) {
      return EventTotals.NONE; // of an agent before it counted
    }
    return new EventTotals(
        StatusReader.list(tree, "counts", EventTotalsJson::count),
        StatusReader.list(tree, "outages", EventTotalsJson::measured));
  }

  private static Count count(JsonNode tree) throws Malformed {
    return new Count(
        StatusReader.known(tree, "tunnel"),
        StatusReader.text(tree, "code"),
        tree.path("count").asLong(0),
        StatusReader.text(tree, "lastId"),
        StatusReader.instant(tree, "lastTime"));
  }

  private static Outages measured(JsonNode tree) throws Malformed {
    List<Bucket> buckets = StatusReader.list(tree, "buckets", EventTotalsJson::bucket);
    if (buckets.size() != Outages.BOUNDS.size() + 1) {
      throw new Malformed(
          "outages: %d buckets, expected %d: client and agent are of different versions"
              .formatted(buckets.size(), Outages.BOUNDS.size() + 1));
    }
    return new Outages(
        StatusReader.text(tree, "tunnel"), tree.path("seconds").asDouble(0), buckets);
  }

  private static Bucket bucket(JsonNode tree) throws Malformed {
    long count = tree.path("count").asLong(0);
    return count == 0
        ? Bucket.EMPTY
        : new Bucket(
            count,
            StatusReader.text(tree, "lastId"),
            tree.path("lastSeconds").asDouble(0),
            StatusReader.instant(tree, "lastTime"));
  }
}
