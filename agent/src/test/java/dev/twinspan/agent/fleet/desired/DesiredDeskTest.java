package dev.twinspan.agent.fleet.desired;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConfigDiff;
import dev.twinspan.agent.config.ConfigFixture;
import dev.twinspan.agent.config.ConfigReader;
import dev.twinspan.agent.crypto.Sha256;
import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.status.AgentControl;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.agent.status.StatusFixture;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** In virtual time, with real files and a box that is as it is told to be. */
class DesiredDeskTest {
  private static final Entity ROOT = TestPki.root(Kind.P256, "fleet root");

  @TempDir Path folder;
  private Path file;
  private String old;
  private AgentConfig inForce;
  private final List<AgentConfig> asked = new ArrayList<>();
  private ControlResult answer = ControlResult.accepted("applied");
  private boolean failing;
  private long now;
  private int second = 100;
  private AgentControl agent;
  private DesiredDesk desk;

  @BeforeEach
  void write() throws IOException {
    Entity box = ROOT.issues(Kind.P256, "branch-0017").build();
    box.writeChain(folder.resolve("box.pem"));
    box.writeKey(folder.resolve("box.key"));
    TestPki.write(folder.resolve("ca.pem"), ROOT.certificate());
    file =
        new ConfigFixture(folder)
            .with(
                "connections:\n",
                ("fleet: {broker: mqtts://b, trial-seconds: 30, state-directory: %s,"
                        + " certificate: {file: box.pem, key-file: box.key, trust-file: ca.pem}}\n"
                        + "connections:\n")
                    .formatted(folder.resolve("state")))
            .write();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    old = Files.readString(file);
    inForce = ConfigReader.read(file).config();
    assertThat(inForce).isNotNull();
    agent =
        (AgentControl)
            Proxy.newProxyInstance(
                AgentControl.class.getClassLoader(),
                new Class<?>[] {AgentControl.class},
                (_, method, arguments) ->
                    switch (method.getName()) {
                      case "status" -> status();
                      case "config" -> inForce;
                      case "apply" -> {
                        asked.add((AgentConfig) arguments[0]);
                        if (answer.ok()) {
                          inForce = (AgentConfig) arguments[0];
                        }
                        yield CompletableFuture.completedFuture(answer);
                      }
                      default -> throw new UnsupportedOperationException(method.getName());
                    });
    restart();
  }

  /** It stands in the loop's queue, and would be in force with nobody to take it back. */
  @Test
  void shouldSendTheOldOneBehindOneThatTheLoopDidNotTakeInTime() {
    AgentConfig before = inForce;
    answer = ControlResult.refused("no-answer", "the control loop did not take it");
    desire("2", better());

    assertThat(told()).isEqualTo("refused no_answer");
    assertThat(asked).hasSize(2);
    assertThat(asked.getFirst().fleet()).isNotEqualTo(before.fleet());
    assertThat(asked.getLast().fleet()).isEqualTo(before.fleet());
    assertThat(ConfigDiff.between(before, asked.getLast()).isEmpty()).isTrue();
  }

  /** Another life of the agent, with what is on the disk. */
  private void restart() {
    inForce = ConfigReader.read(file).config();
    desk = new DesiredDesk(agent, file, () -> {}, () -> now);
    desk.step();
  }

  private AgentStatus status() {
    return failing ? StatusFixture.oneFailed(second) : StatusFixture.both(second);
  }

  private static byte[] desired(String version, String config, String hash) {
    return Json.compact(
            Json.object().put("version", version).put("hash", hash).put("config", config))
        .getBytes(StandardCharsets.UTF_8);
  }

  private void desire(String version, String config) {
    desk.desire(desired(version, config, Sha256.JDK.hex(config)));
    desk.step();
  }

  private void pass(int seconds, boolean answered) {
    for (int i = 0; i < seconds; i++) {
      now += 1_000_000_000L;
      second++;
      if (answered) {
        desk.answered();
      }
      desk.step();
    }
  }

  private ObjectNode report() {
    ObjectNode report = desk.report(7, Instant.EPOCH);
    assertThat(report).isNotNull();
    return report;
  }

  private String told() {
    return report().get("result").asString() + " " + report().get("reason").asString();
  }

  /** Changes what tunnels carry. */
  private String better() {
    String text = old.replace("site: lyon", "site: lyon   # better");
    assertThat(text).isNotEqualTo(old);
    return text.replace("trial-seconds: 30", "trial-seconds: 31");
  }

  private void oldOneIsInForce() throws IOException {
    assertThat(Files.readString(file)).isEqualTo(old);
    assertThat(inForce.fleet().trial().toSeconds()).isEqualTo(30);
    assertThat(report().at("/current/hash").asString()).isEqualTo(Sha256.JDK.hex(old));
    assertThat(report().at("/current").has("version")).isFalse();
  }

  @Test
  void shouldWriteTheFileOnlyOnceItHasProvenItself() throws Exception {
    assertThat(desk.report(7, Instant.EPOCH)).isNull();
    desire("v2", better());
    assertThat(told()).isEqualTo("trial trial");
    assertThat(report().at("/current/version").asString()).isEqualTo("v2");
    assertThat(Files.readString(file)).isEqualTo(old);
    pass(10, true);
    assertThat(told()).isEqualTo("applied ok");
    assertThat(Files.readString(file)).isEqualTo(better());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r-----");

    restart();
    assertThat(told()).isEqualTo("applied ok");
    assertThat(report().at("/current/version").asString()).isEqualTo("v2");
  }

  @Test
  void shouldConfirmAtOnceWhatTouchesNothing() throws Exception {
    String comment = old + "# a word\n";
    desire("v2", comment);
    assertThat(told()).isEqualTo("applied ok");
    assertThat(Files.readString(file)).isEqualTo(comment);
  }

  @Test
  void shouldGoBackWithoutTunnels() throws Exception {
    desire("v2", better());
    failing = true;
    pass(29, true);
    assertThat(told()).isEqualTo("trial trial");
    pass(1, true);
    assertThat(told()).isEqualTo("rolled_back tunnels_lost");
    oldOneIsInForce();
    desire("v2", better());
    assertThat(told()).as("kept by the broker, sent again").isEqualTo("rolled_back tunnels_lost");
    oldOneIsInForce();
  }

  @Test
  void shouldGoBackWithoutABroker() throws Exception {
    desire("v2", better());
    pass(30, false);
    assertThat(told()).isEqualTo("rolled_back fleet_link_lost");
    oldOneIsInForce();
  }

  @Test
  void shouldStartWithTheOldOneAfterItsEndInATrial() throws Exception {
    desire("v2", better());
    restart();
    assertThat(told()).isEqualTo("rolled_back agent_ended");
    oldOneIsInForce();
  }

  @Test
  void shouldLetTheOperatorWin() throws Exception {
    desire("v2", better());
    desk.reloaded();
    assertThat(told()).isEqualTo("rolled_back operator");
    pass(40, true);
    assertThat(Files.readString(file)).isEqualTo(old);
  }

  @Test
  void shouldTryTheLatestOnly() throws Exception {
    desire("v2", better());
    desire("v3", better() + "# later\n");
    assertThat(report().get("version").asString()).isEqualTo("v3");
    pass(10, true);
    assertThat(told()).isEqualTo("applied ok");
    assertThat(Files.readString(file)).endsWith("# later\n");
  }

  @Test
  void shouldGoBackWhenItIsWithdrawnDuringItsTrial() throws Exception {
    desire("v2", better());
    desk.desire(new byte[0]);
    desk.step();
    assertThat(told()).isEqualTo("rolled_back withdrawn");
    oldOneIsInForce();
    desk.desire(new byte[0]);
    desk.step();
    assertThat(told()).as("nothing to withdraw").isEqualTo("rolled_back withdrawn");
  }

  @Test
  void shouldKeepWhatIsConfirmedWhenItIsWithdrawn() throws Exception {
    desire("v2", better());
    pass(10, true);
    desk.desire(new byte[0]);
    pass(2, true);
    assertThat(told()).isEqualTo("applied ok");
    assertThat(Files.readString(file)).isEqualTo(better());
  }

  private void desireByUrl(String version, String url, String config) {
    desk.desire(
        Json.compact(
                Json.object()
                    .put("version", version)
                    .put("hash", Sha256.JDK.hex(config))
                    .put("url", url))
            .getBytes(StandardCharsets.UTF_8));
    desk.step();
  }

  private void awaitFetched() {
    Await.orThrow(
        Duration.ofSeconds(60),
        () -> {
          desk.step();
          return desk.report(7, Instant.EPOCH) != null;
        },
        "a word of it",
        () -> "");
  }

  @Test
  void shouldTryWhatItFetches() throws Exception {
    Entity server = ROOT.issues(Kind.P256, "server").ip("127.0.0.1").build();
    server.writeChain(folder.resolve("server.pem"));
    server.writeKey(folder.resolve("server.key"));
    byte[] body = better().getBytes(StandardCharsets.UTF_8);
    try (HttpsFiles files =
        new HttpsFiles(
            folder.resolve("server.pem"),
            folder.resolve("server.key"),
            folder.resolve("ca.pem"),
            exchange -> {
              exchange.sendResponseHeaders(200, body.length);
              exchange.getResponseBody().write(body);
            })) {
      desireByUrl("v2", files.url(), better());
      awaitFetched();
      assertThat(told()).isEqualTo("trial trial");
      pass(10, true);
      assertThat(told()).isEqualTo("applied ok");
      assertThat(Files.readString(file)).isEqualTo(better());
      assertThat(files.asked).hasValue(1);
      desireByUrl("v2", files.url(), better());
      assertThat(files.asked).as("told again, not fetched again").hasValue(1);
    }
  }

  /** The latest is what counts, also when it is the one in force. */
  @Test
  void shouldForgetWhatItFetchesWhenTheOneInForceIsDesiredAgain() throws Exception {
    Entity server = ROOT.issues(Kind.P256, "server").ip("127.0.0.1").build();
    server.writeChain(folder.resolve("server.pem"));
    server.writeKey(folder.resolve("server.key"));
    AtomicInteger woken = new AtomicInteger();
    desk = new DesiredDesk(agent, file, woken::incrementAndGet, () -> now);
    String first = old + "# a word\n";
    desire("v1", first);
    assertThat(told()).isEqualTo("applied ok");
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    byte[] body = better().getBytes(StandardCharsets.UTF_8);
    try (HttpsFiles files =
        new HttpsFiles(
            folder.resolve("server.pem"),
            folder.resolve("server.key"),
            folder.resolve("ca.pem"),
            exchange -> {
              asked.countDown();
              try {
                go.await();
              } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
              }
              exchange.sendResponseHeaders(200, body.length);
              exchange.getResponseBody().write(body);
            })) {
      desireByUrl("v2", files.url(), better());
      Await.orThrow(Duration.ofSeconds(60), () -> asked.getCount() == 0, "it is asked", () -> "");
      int before = woken.get();
      desire("v1", first);
      go.countDown();
      // By the message, and by the end of what was to be fetched.
      Await.orThrow(
          Duration.ofSeconds(60), () -> woken.get() >= before + 2, "the end of it", () -> "");
      desk.step();
      assertThat(report().get("version").asString()).isEqualTo("v1");
      assertThat(told()).isEqualTo("applied ok");
      assertThat(Files.readString(file)).isEqualTo(first);
    }
  }

  @Test
  void shouldRefuseWhatIsNoFileOnTheWeb() throws Exception {
    desireByUrl("v2", "http://127.0.0.1/x", better());
    assertThat(told()).isEqualTo("refused malformed");
    oldOneIsInForce();
  }

  @Test
  void shouldRefuseWhatCheckRefuses() throws Exception {
    desire("v2", old.replace("asn: 65010", "asn: 65515"));
    assertThat(told()).isEqualTo("refused schema");
    assertThat(report().at("/problems/0/path").asString()).isEqualTo("bgp.asn");
    oldOneIsInForce();
    desire("v3", "}{");
    assertThat(told()).isEqualTo("refused schema");
    desk.desire(desired("v4", old, Sha256.JDK.hex("another")));
    desk.step();
    assertThat(told()).isEqualTo("refused hash");
    for (String junk : new String[] {"{", "[]", "{\"version\": 7}", "\u0000"}) {
      desk.desire(junk.getBytes(StandardCharsets.UTF_8));
      desk.step();
      assertThat(told()).isEqualTo("refused malformed");
    }
    oldOneIsInForce();
  }

  @Test
  void shouldStayTheBoxItIs() throws Exception {
    for (String other :
        new String[] {
          old.replace("site: lyon", "site: paris"),
          old.replace("id: branch-0017", "id: branch-0018"),
          old.replace("trial-seconds: 30", "allow-reboot: true"),
          old.replaceAll("(?m)^fleet: .*$", ""),
          old.replace(folder.resolve("state").toString(), folder.resolve("other").toString())
        }) {
      assertThat(other).isNotEqualTo(old);
      desire("v" + other.hashCode(), other);
      assertThat(told()).isEqualTo("refused forbidden");
    }
    answer = ControlResult.refused("restart-needed", "changed and only taken up at a restart");
    desire("v2", better());
    assertThat(told()).isEqualTo("refused restart_needed");
    oldOneIsInForce();
  }

  @Test
  void shouldReportAsTheDocumentSays() throws Exception {
    JsonNode document =
        new YAMLMapper().readTree(Files.readString(Path.of("src/main/dist/fleet/asyncapi.yaml")));
    ObjectNode root = Json.object();
    root.put("$ref", "#/components/schemas/reported");
    root.set("components", document.get("components"));
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(root.toString());
    desire("v1", old.replace("asn: 65010", "asn: 65515"));
    assertThat(schema.validate(report().toString(), InputFormat.JSON)).isEmpty();
    desire("v2", better());
    assertThat(schema.validate(report().toString(), InputFormat.JSON)).isEmpty();
    pass(10, true);
    assertThat(schema.validate(report().toString(), InputFormat.JSON)).isEmpty();
    assertThat(schema.validate("{}", InputFormat.JSON)).isNotEmpty();
  }
}
