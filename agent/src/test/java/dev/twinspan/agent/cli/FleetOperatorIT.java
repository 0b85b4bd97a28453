package dev.twinspan.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.fleet.BrokerAddress;
import dev.twinspan.agent.fleet.TestBroker;
import dev.twinspan.agent.fleet.load.LoadPlan;
import dev.twinspan.agent.fleet.load.LoadRun;
import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import dev.twinspan.agent.json.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/**
 * An operator at a terminal, three boxes that do not exist, and stock mosquitto with the shipped
 * configuration and ACL, TLS 1.3 and a certificate for each of them. The operator lists them, worst
 * first, looks at one, drains and opens a tunnel, gives one a configuration; somebody who may only
 * watch is told so by the broker.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FleetOperatorIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String WAIT = "60";

  private record Run(int exitCode, String out, String err) {
    /** Of commands that tell one thing a line. */
    List<JsonNode> lines() {
      return out.lines()
          .map(
              line -> {
                try {
                  return Json.parse(line);
                } catch (Json.Malformed e) {
                  throw new AssertionError(line, e);
                }
              })
          .toList();
    }
  }

  @TempDir static Path folder;
  private TestBroker broker;
  private LoadRun boxes;

  @BeforeAll
  void begin() throws Exception {
    assumeTrue(TestBroker.installed(), "missing: package mosquitto");
    Entity root = TestPki.root(Kind.P256, "fleet");
    for (String name :
        List.of("broker", "controller", "viewer", "sim-00000", "sim-00001", "sim-00002")) {
      Entity entity = root.issues(Kind.P256, name).ip("127.0.0.1").ip("::1").build();
      entity.writeChain(folder.resolve(name + ".pem"));
      entity.writeKey(folder.resolve(name + ".key"));
    }
    TestPki.write(folder.resolve("ca.pem"), root.certificate());
    broker = TestBroker.shipped(folder);
    boxes =
        new LoadRun(
            new LoadPlan(
                new BrokerAddress(true, "127.0.0.1", broker.port()),
                folder,
                3,
                "lyon",
                "sim-",
                100,
                Duration.ZERO,
                Duration.ofSeconds(1),
                0,
                0.34,
                null));
    boxes.start(_ -> {});
    assertThat(boxes.complete(LIMIT)).as(boxes.report(Duration.ZERO).text()).isTrue();
  }

  @AfterAll
  void end() {
    if (boxes != null) {
      boxes.close();
    }
    if (broker != null) {
      broker.close();
    }
  }

  private Run as(String who, String... arguments) {
    return to("127.0.0.1", who, arguments);
  }

  private Run to(String host, String who, String... arguments) {
    List<String> all = new ArrayList<>(List.of("fleet"));
    all.addAll(List.of(arguments));
    all.addAll(
        List.of(
            "--broker",
            "mqtts://" + host + ":" + broker.port(),
            "--certificate",
            folder.resolve(who + ".pem").toString(),
            "--key",
            folder.resolve(who + ".key").toString(),
            "--ca",
            folder.resolve("ca.pem").toString()));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commands =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exitCode = commands.execute(all.toArray(String[]::new));
    return new Run(exitCode, out.toString(), err.toString());
  }

  private String severity(String device) throws Exception {
    Run show = as("viewer", "show", device, "--wait", WAIT, "--json");
    assertThat(show.exitCode()).as(show.err()).isZero();
    return Json.parse(show.out()).path("severity").asString();
  }

  @Test
  void shouldListTheBoxesWorstFirst() throws Exception {
    Run list = as("viewer", "ls", "--wait", WAIT, "--json");
    assertThat(list.err()).isEmpty();
    assertThat(list.exitCode()).isZero();
    JsonNode tree = Json.parse(list.out());
    assertThat(tree.path("boxes")).hasSize(3);
    assertThat(tree.path("boxes").path(0).path("device").asString()).isEqualTo("sim-00002");
    assertThat(tree.path("boxes").path(0).path("why").asString()).startsWith("hub-weu/in1: ");
    assertThat(tree.path("boxes").path(1).path("state").asString()).isEqualTo("ready");

    Run table = as("viewer", "ls", "--site", "lyon", "--state", "well,degraded", "--wait", WAIT);
    assertThat(table.out()).startsWith("DEVICE").contains("sim-00001").doesNotContain("lost");
    assertThat(as("viewer", "ls", "--watch").err()).contains("--watch needs a terminal");
  }

  @Test
  void shouldShowOneBox() throws Exception {
    Run show = as("viewer", "show", "sim-00001", "--wait", WAIT);
    assertThat(show.err()).isEmpty();
    assertThat(show.out())
        .startsWith("sim-00001 (lyon), well")
        .contains("hub-weu/in0", "IKE SA established", "state: ready");
    Run nobody = as("viewer", "show", "sim-00009", "--wait", "0");
    assertThat(nobody.exitCode()).isEqualTo(1);
    assertThat(nobody.err()).contains("has never heard of sim-00009");
  }

  @Test
  void shouldDrainATunnelAndOpenItAgain() throws Exception {
    Run drain = as("controller", "run", "drain", "sim-00000", "--tunnel", "hub-weu/in0", "--json");
    assertThat(drain.exitCode()).as(drain.err() + drain.out()).isZero();
    assertThat(drain.lines())
        .filteredOn(line -> line.has("stage"))
        .extracting(line -> line.path("stage").asString())
        .containsExactly("accepted", "running", "done");
    assertThat(drain.lines().getLast().path("summary").path("done").asInt()).isEqualTo(1);
    assertThat(severity("sim-00000")).isEqualTo("degraded");

    Run undrain = as("controller", "run", "undrain", "sim-00000", "--tunnel", "hub-weu/in0");
    assertThat(undrain.exitCode()).as(undrain.err() + undrain.out()).isZero();
    assertThat(undrain.out()).contains("sim-00000: running 50 %, under way", "sim-00000: done");
    assertThat(severity("sim-00000")).isEqualTo("well");
  }

  @Test
  void shouldTellWhichOfSeveralBoxesDidNot() {
    Run rekey = as("controller", "run", "rekey", "--site", "lyon", "--tunnel", "hub-weu/in9");
    assertThat(rekey.exitCode()).isEqualTo(1);
    assertThat(rekey.out())
        .contains("sim-00001: rejected (unknown_tunnel): ", "3 boxes: 3 rejected");
  }

  @Test
  void shouldSayThatAViewerMayNotCommand() {
    Run run = as("viewer", "run", "rekey", "sim-00001", "--tunnel", "hub-weu/in0");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).contains("sim-00001: refused: ", "not authorized");
  }

  @Test
  void shouldNotSendWhatIsWrong() {
    assertThat(as("controller", "run", "reset", "sim-00001", "--tunnel", "hub-weu/in0").err())
        .contains("say --yes");
    Run unknown = as("controller", "run", "drian", "sim-00001");
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).contains("did you mean drain?");
    assertThat(as("controller", "run", "drain", "sim-00001").err())
        .contains("drain needs --tunnel");
    assertThat(
            as(
                    "controller",
                    "run",
                    "update",
                    "sim-00001",
                    "--url",
                    "https://a.example",
                    "--sha256",
                    "0".repeat(64),
                    "--size",
                    "1",
                    "--yes")
                .err())
        .contains("does not know update");
  }

  @Test
  void shouldGiveABoxItsConfiguration() throws Exception {
    Path file = folder.resolve("sim-00001.yaml");
    String text =
        Files.readString(Path.of("src/main/dist/twinspan.yaml"))
            .replace("branch-0017", "sim-00001");
    Files.writeString(file, text);
    Run apply = as("controller", "apply", "sim-00001", "--config", folder.toString(), "--as", "v1");
    assertThat(apply.err()).isEmpty();
    assertThat(apply.exitCode()).isZero();
    assertThat(apply.out()).contains("sim-00001: running", "sim-00001: done");
    assertThat(as("viewer", "show", "sim-00001", "--wait", WAIT).out())
        .contains("configuration: v1 applied", "in force: v1");
    Run withdraw = as("controller", "apply", "sim-00001", "--withdraw");
    assertThat(withdraw.exitCode()).as(withdraw.err() + withdraw.out()).isZero();
    assertThat(withdraw.out()).contains("sim-00001: done");
    assertThat(as("viewer", "apply", "sim-00001", "--withdraw").out()).contains("not authorized");
    assertThat(as("controller", "apply", "sim-00001", "--withdraw", "--as", "v2").err())
        .contains("leave one out");
    assertThat(as("controller", "apply", "sim-00001").err()).contains("--config", "--withdraw");
  }

  @Test
  void shouldReachABrokerByIpv6() throws Exception {
    Path addresses = Path.of("/proc/net/if_inet6");
    assumeTrue(
        Files.exists(addresses)
            && Files.readString(addresses).contains("00000000000000000000000000000001"),
        "missing: IPv6 on loopback");
    Run list = to("[::1]", "viewer", "ls", "--wait", WAIT, "--json");
    assertThat(list.exitCode()).as(list.err()).isZero();
    assertThat(list.out()).contains("sim-00001");
  }
}
