package dev.twinspan.agent.page;

import dev.twinspan.agent.json.Json;
import java.time.Instant;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A box that tests speak for: what it would publish, in the words of asyncapi.yaml. */
final class ToldBox {
  static final Instant START = Instant.now().minusSeconds(100_000);
  static final String SILENT =
      "nothing came from the gateway for 3 s, and 4 questions stayed unanswered: flows were moved;"
          + " it is asked on";

  final String site;
  final String device;
  private final int number;
  private long seq;

  ToldBox(String site, String device, int number) {
    this.site = site;
    this.device = device;
    this.number = number;
  }

  String topic(String kind) {
    return "twinspan/1/%s/%s/%s".formatted(site, device, kind);
  }

  ObjectNode state(String word, long session) {
    return Json.object()
        .put("state", word)
        .put("session", session)
        .put("version", number % 7 == 0 ? "0.9.4" : "1.0.0")
        .put("since", START.toString());
  }

  /**
   * @param first state of the first tunnel
   * @param second state of the second
   * @param loss of the second
   */
  ObjectNode health(long session, String first, String second, double loss) {
    ObjectNode health =
        Json.object()
            .put("session", session)
            .put("seq", ++seq)
            .put("time", Instant.now().toString());
    ArrayNode tunnels = Json.array();
    tunnels.add(tunnel("hub-weu/in0", first, 0.0));
    tunnels.add(tunnel("hub-weu/in1", second, loss));
    health.set("tunnels", tunnels);
    ArrayNode bgp = Json.array();
    bgp.add(session("hub-weu/in0", first));
    bgp.add(session("hub-weu/in1", second));
    health.set("bgp", bgp);
    health.set("findings", findings(second));
    health.set("drops", Json.object().put("no_route", number % 5));
    return health
        .put("cpuSeconds", 12.5 + seq)
        .put("memoryBytes", 151_000_000 + number * 1000L)
        .put("celsius", 48.5);
  }

  private static ArrayNode findings(String second) {
    ArrayNode findings = Json.array();
    if (second.equals("lost")) {
      findings
          .addObject()
          .put("severity", "problem")
          .put("cause", "peer-unreachable")
          .put("title", "nothing comes back from the peer")
          .put("about", "hub-weu/in1")
          .put("sentence", "nothing comes back from this peer")
          .putArray("fixes")
          .add(
              "this box: compare the instance's address with the gateway's second public address in"
                  + " Azure");
    }
    return findings;
  }

  private ObjectNode tunnel(String name, String state, double loss) {
    boolean up = state.equals("up");
    boolean carries = !state.equals("lost");
    // A gentle wave, so that curves are curves.
    double wave =
        1 + 0.45 * Math.sin((seq + number) / 3.0) + 0.2 * Math.sin((seq * 7 + number) / 2.0);
    double megabits = (5 + number * 37 % 90) * wave;
    return Json.object()
        .put("name", name)
        .put("state", state)
        .put("reason", up ? "carries" : "silent")
        .put("sentence", up ? "carries traffic" : SILENT)
        .put("since", START.plusSeconds(number).toString())
        .put("inBits", carries ? megabits * 1e6 : 0)
        .put("outBits", carries ? megabits * 4e5 : 0)
        .put("lossIn", loss)
        .put("rttMillis", 11 + number % 13 + wave);
  }

  private static ObjectNode session(String name, String state) {
    boolean up = !state.equals("lost");
    return Json.object()
        .put("session", name)
        .put("state", up ? "established" : "active")
        .put("received", up ? 42 : 0)
        .put("advertised", up ? 3 : 0);
  }

  ObjectNode about(long session) {
    ObjectNode about =
        Json.object()
            .put("schema", 1)
            .put("session", session)
            .put("device", device)
            .put("site", site)
            .put("version", "1.0.0")
            .put("fips", false);
    about.set(
        "cryptoBackend",
        Json.object()
            .put("name", "ipsec-mb")
            .put("version", "1.5.0")
            .put("reason", "AES-NI and VAES, self-test passed"));
    about.set("offloads", Json.array().add("tun-tso").add("udp-gso").add("udp-gro"));
    about.set("tunnels", Json.array().add("hub-weu/in0").add("hub-weu/in1"));
    about.set("warnings", Json.array());
    ArrayNode capabilities = Json.array().add("state").add("about").add("health");
    for (String verb :
        new String[] {"reset", "rekey", "drain", "undrain", "self-drill", "reboot"}) {
      capabilities.add("cmd/" + verb);
    }
    about.set("capabilities", capabilities);
    return about;
  }

  ObjectNode event(long session, long at, String code, String sentence) {
    return Json.object()
        .put("id", session + "-" + at)
        .put("session", session)
        .put("number", at)
        .put("time", Instant.now().minusSeconds(600 - at).toString())
        .put("tunnel", "hub-weu/in1")
        .put("code", code)
        .put("sentence", sentence)
        .put("outageMillis", 231.0)
        .put("historical", false);
  }

  ObjectNode ack(String id, String verb, String stage) {
    return Json.object()
        .put("id", id)
        .put("verb", verb)
        .put("session", 1)
        .put("time", Instant.now().toString())
        .put("stage", stage)
        .put("sentence", stage + ", as asked");
  }
}
