package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.rehearse.traffic.FlowReport;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * How an event touched the flows: of each, the longest time without a packet since the event, one
 * way (as the VNet host saw it arrive) and there and back (as the LAN host saw its echo).
 *
 * @param flows all of them
 * @param disturbed those whose echo stood still for longer than {@link #DISTURBED}
 * @param longestOutward longest gap of any flow from the LAN to the VNet
 * @param longestRoundTrip longest gap of any flow's echo
 * @param alive flows whose echo comes at the time of the report
 */
public record Outage(
    int flows, int disturbed, Duration longestOutward, Duration longestRoundTrip, int alive) {
  /** Past what a busy two-core machine's scheduler does to a packet each 20 ms. */
  static final Duration DISTURBED = Duration.ofMillis(500);

  /**
   * @param lan flows as their sender saw them
   * @param earlier the same a moment before, to tell which are alive now
   * @param vnet the same flows as the echo saw them
   */
  static Outage of(List<FlowReport> lan, List<FlowReport> earlier, List<FlowReport> vnet) {
    Map<Integer, Long> before = new HashMap<>();
    earlier.forEach(flow -> before.put(flow.port(), flow.received()));
    int disturbed = 0;
    int alive = 0;
    long roundTrip = 0;
    for (FlowReport flow : lan) {
      roundTrip = Math.max(roundTrip, flow.longestGapNanos());
      disturbed += flow.longestGapNanos() > DISTURBED.toNanos() ? 1 : 0;
      alive += flow.received() > before.getOrDefault(flow.port(), 0L) ? 1 : 0;
    }
    long outward = vnet.stream().mapToLong(FlowReport::longestGapNanos).max().orElse(0);
    return new Outage(
        lan.size(), disturbed, Duration.ofNanos(outward), Duration.ofNanos(roundTrip), alive);
  }

  void writeTo(ObjectNode json) {
    json.put("flows", flows)
        .put("disturbed", disturbed)
        .put("alive", alive)
        .put("longestOutwardSeconds", seconds(longestOutward))
        .put("longestRoundTripSeconds", seconds(longestRoundTrip));
  }

  static double seconds(Duration duration) {
    return Math.round(duration.toNanos() / 1e6) / 1e3;
  }

  @Override
  public String toString() {
    return "%d of %d flows stood still, at most %.2f s outward and %.2f s there and back; %d alive"
        .formatted(disturbed, flows, seconds(longestOutward), seconds(longestRoundTrip), alive);
  }
}
