package dev.twinspan.agent.rehearse.traffic;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One flow as one end saw it, cumulative but for gap and round trip, which count since the last
 * mark.
 *
 * @param port the client's port, which tells the flow apart at both ends
 * @param sent packets sent by this end; 0 at the echo's end
 * @param received different packets that came
 * @param lost packets that never came while later ones did
 * @param errors sends that the kernel refused, or the connection's end (TCP)
 * @param longestGapNanos the longest time in which none came
 * @param roundTripNanos the shortest since the last mark; 0 where not measured
 */
public record FlowReport(
    int port,
    long sent,
    long received,
    long lost,
    long duplicates,
    long reordered,
    long errors,
    long longestGapNanos,
    long roundTripNanos) {

  void writeTo(ObjectNode json) {
    json.put("port", port)
        .put("sent", sent)
        .put("received", received)
        .put("lost", lost)
        .put("duplicates", duplicates)
        .put("reordered", reordered)
        .put("errors", errors)
        .put("longestGapNanos", longestGapNanos)
        .put("roundTripNanos", roundTripNanos);
  }

  static FlowReport readFrom(JsonNode json) {
    return new FlowReport(
        json.get("port").intValue(),
        json.get("sent").longValue(),
        json.get("received").longValue(),
        json.get("lost").longValue(),
        json.get("duplicates").longValue(),
        json.get("reordered").longValue(),
        json.get("errors").longValue(),
        json.get("longestGapNanos").longValue(),
        json.get("roundTripNanos").longValue());
  }
}
