package dev.twinspan.agent.metrics;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.StatusFixture;
import dev.twinspan.agent.status.StatusReader;
import dev.twinspan.agent.status.StatusWriter;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A box of which everything is known that metrics tell of. */
public final class FullStatus {
  private FullStatus() {}

  /**
   * One tunnel up, one with the wrong key; BGP, probes, a drill, an outage, a verdict and drops.
   */
  public static AgentStatus at(int second) {
    ObjectNode tree = StatusWriter.tree(StatusFixture.oneFailed(second));
    ObjectNode tunnel = (ObjectNode) tree.at("/connections/0/tunnels/0");
    ObjectNode quality = Json.object().put("lossIn", 0.015625);
    quality.set(
        "probe",
        Json.object()
            .put("target", "10.10.255.4")
            .put("answers", true)
            .put("latencyMillis", 7.5)
            .put("loss", 0.25)
            .put("sent", 40)
            .put("answered", 30)
            .put("missed", 0));
    quality.set(
        "shunned",
        Json.object()
            .put("code", "worse")
            .put("sentence", "it loses more")
            .set("details", Json.object()));
    tunnel.set("quality", quality);
    ArrayNode sessions = (ArrayNode) tree.get("bgp");
    sessions.add(session("hub-weu/in0", "10.10.255.4", "established", 12, 11));
    sessions.add(session("neighbor 192.168.50.4", "192.168.50.4", "active", 0, 0));
    ((ObjectNode) tree.get("drops")).put("ike-malformed", 2);
    tree.set(
        "fleet",
        Json.object()
            .put("broker", "mqtts://broker.example:8883")
            .put("state", "waiting")
            .put("since", StatusFixture.at(4).toString())
            .put("why", "Connection refused")
            .put("waiting", 12)
            .put("dropped", 3)
            .put("overflow", 2)
            .put("strangers", 1));
    ObjectNode verdict =
        Json.object()
            .put("severity", "problem")
            .put("cause", "psk-mismatch")
            .put("title", "the pre-shared keys differ")
            .put("about", "hub-weu/in1")
            .put("sentence", "the peer's AUTH does not fit our key");
    verdict.putArray("fixes").add("this box: put the shared key into the file that psk names");
    tree.set("verdicts", Json.array().add(verdict));
    try {
      return StatusReader.status(tree);
    } catch (Json.Malformed e) {
      throw new AssertionError(e);
    }
  }

  private static ObjectNode session(
      String tunnel, String peer, String state, int received, int accepted) {
    ObjectNode session =
        Json.object()
            .put("tunnel", tunnel)
            .put("local", "10.255.0.17")
            .put("remote", peer)
            .put("asn", 65515L)
            .put("state", state)
            .put("since", StatusFixture.at(4).toString())
            .put("holdSeconds", 180)
            .put("received", received)
            .put("accepted", accepted)
            .put("stale", 0)
            .put("advertised", 3)
            .put("maxPrefixes", 4000);
    session.set("reason", Json.object().put("code", state).put("sentence", "so it is"));
    session.set("alarms", Json.array());
    return session;
  }
}
