package dev.twinspan.agent.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConfigFixture;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.metrics.Exposition;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.status.AgentControl;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.StatusClient;
import dev.twinspan.agent.status.StatusFixture;
import dev.twinspan.agent.status.StatusServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * A box with two slots and Debian's RAUC is told where an update is. It fetches it over HTTPS, has
 * it installed into the other slot, and starts anew; there it confirms the slot when its tunnels
 * are up as before, and goes back when they are not. What RAUC refuses is told with its sentence.
 */
class UpdatesIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final UpdateCore.Patience SHORT =
      new UpdateCore.Patience(Duration.ofSeconds(1), Duration.ofSeconds(4));

  @TempDir Path folder;
  private RaucStage stage;
  private BundleServer server;
  private AgentControl agent;
  private Updates updates;
  private Path osRelease;
  private volatile boolean works = true;
  private final AtomicInteger seconds = new AtomicInteger(10);

  @BeforeEach
  void begin() throws Exception {
    assumeTrue(RaucStage.installed(), "missing: packages rauc, squashfs-tools, dbus; loop devices");
    assumeTrue(Exec.run("id", "-u").out().strip().equals("0"), "needs root, for loop devices");
    server = new BundleServer(folder);
    stage = new RaucStage(folder, "A");
    osRelease = folder.resolve("os-release");
    Files.writeString(osRelease, "IMAGE_VERSION=\"5\"\n");
    AgentConfig config =
        new ConfigFixture(folder)
            .with(
                "connections:\n",
                ("fleet: {broker: mqtts://b, state-directory: %s, certificate:"
                        + " {file: box.crt, key-file: box.key, trust-file: ca.crt}}\n"
                        + "connections:\n")
                    .formatted(folder.resolve("state")))
            .read()
            .config();
    assertThat(config).isNotNull();
    agent =
        (AgentControl)
            Proxy.newProxyInstance(
                AgentControl.class.getClassLoader(),
                new Class<?>[] {AgentControl.class},
                (_, method, _) ->
                    switch (method.getName()) {
                      case "status" -> status();
                      case "config" -> config;
                      default -> throw new UnsupportedOperationException(method.getName());
                    });
    life("first", "A");
  }

  @AfterEach
  void end() {
    if (updates != null) {
      updates.close();
    }
    if (stage != null) {
      stage.close();
    }
    if (server != null) {
      server.close();
    }
  }

  private AgentStatus status() {
    AgentStatus all = StatusFixture.both(seconds.incrementAndGet());
    return works
        ? all
        : new AgentStatus(
            all.device(),
            all.site(),
            all.version(),
            all.session(),
            all.since(),
            all.time(),
            all.fips(),
            all.cryptoBackend(),
            all.offloads(),
            all.loops(),
            List.of(),
            all.bgp(),
            all.routes(),
            all.warnings(),
            all.drills(),
            all.drops(),
            all.events(),
            all.totals(),
            all.added());
  }

  /** The box is started from that slot, and its agent with it. */
  private void life(String boot, String slot) throws Exception {
    if (updates != null) {
      updates.close();
    }
    stage.boot(slot);
    updates =
        new Updates(
            agent,
            new Surroundings(
                stage.rauc(),
                osRelease,
                List.of("/usr/bin/touch", folder.resolve("reboot." + boot).toString()),
                SHORT),
            folder.resolve("state"),
            boot);
    updates.start();
  }

  /** Of a person at the box, over the agent's socket. */
  private UpdateRefusal atTheTerminal(Path bundle, String digest, StringWriter shown)
      throws Exception {
    server.content = Files.readAllBytes(bundle);
    server.digest = digest;
    Path socket = folder.resolve("status.sock");
    try (StatusServer _ =
        StatusServer.start(
            socket,
            agent,
            () -> agent.apply(agent.config()),
            new Exposition(agent::status),
            updates)) {
      return catchThrowableOfType(
          UpdateRefusal.class,
          () ->
              new UpdateByUrl(new StatusClient(socket), new PrintWriter(shown))
                  .install(server.url(), "", 0, false));
    }
  }

  @Test
  void shouldTellThePersonAtTheBoxWhyABundleIsRefused() throws Exception {
    StringWriter shown = new StringWriter();
    Path bundle = stage.byAnotherKey();
    UpdateRefusal byWhom =
        atTheTerminal(bundle, DownloadTest.sha256(Files.readAllBytes(bundle)) + "  b\n", shown);
    assertThat(byWhom.reason()).isEqualTo("other_key");
    assertThat(byWhom.sentence()).contains("a key that this box does not trust");
    assertThat(shown.toString()).contains("downloading");
    assertThat(reported("idle", "other_key").at("/job/id").asString()).isEqualTo("terminal");
    assertThat(atTheTerminal(bundle, "", shown).sentence())
        .contains("bundle.sha256", "answers 404", "--sha256");
    assertThat(atTheTerminal(bundle, "0".repeat(64), shown).reason()).isEqualTo("hash");
    assertThat(stage.primary()).isEqualTo("A");
  }

  private void order(Path bundle) throws Exception {
    server.content = Files.readAllBytes(bundle);
    UpdateOrder order =
        UpdateOrder.of(
            "o1",
            server.url(),
            DownloadTest.sha256(server.content),
            server.content.length,
            false,
            "now");
    updates.order(
        order,
        new UpdateListener() {
          @Override
          public void step(String step, int percent) {}

          @Override
          public void ended(boolean ok, String reason, String sentence) {}
        });
  }

  private ObjectNode reported(String state, String reason) {
    Await.orThrow(
        LIMIT,
        () -> {
          ObjectNode report = updates.report(1, Instant.EPOCH);
          return report.path("state").asString("").equals(state)
              && report.path("reason").asString("").equals(reason);
        },
        state + " " + reason,
        () -> updates.report(1, Instant.EPOCH).toString());
    return fitting(updates.report(1, Instant.EPOCH));
  }

  /** What is told under {@code ota}, as the document has it. */
  private static ObjectNode fitting(ObjectNode report) {
    try {
      ObjectNode root = Json.object().put("$ref", "#/components/schemas/ota");
      root.set(
          "components",
          new YAMLMapper()
              .readTree(Files.readString(Path.of("src/main/dist/fleet/asyncapi.yaml")))
              .get("components"));
      assertThat(
              SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                  .getSchema(root.toString())
                  .validate(report.toString(), InputFormat.JSON))
          .as(report.toString())
          .isEmpty();
      return report;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void startsAnew(String boot) {
    Path told = folder.resolve("reboot." + boot);
    Await.orThrow(
        LIMIT,
        () -> Files.exists(told),
        "the box being started anew",
        () -> updates.report(1, Instant.EPOCH).toString());
  }

  @Test
  void shouldFetchInstallTryAndConfirm() throws Exception {
    server.breaks.set(2);
    reported("idle", "");
    order(stage.good("6", 6));
    startsAnew("first");
    assertThat(stage.content("B")).isEqualTo(RaucStage.image(6));
    assertThat(stage.primary()).isEqualTo("B");
    reported("installed", "");
    assertThat(server.asked).hasSize(3);
    Files.writeString(folder.resolve("state.B"), "bad"); // as a boot loader has it while it tries
    life("second", "B");
    ObjectNode confirmed = reported("confirmed", "ok");
    assertThat(confirmed.at("/job/version").asString()).isEqualTo("6");
    assertThat(stage.state("B")).isEqualTo("good");
    assertThat(folder.resolve("state").resolve("update.raucb")).doesNotExist();
    assertThat(folder.resolve("reboot.second")).doesNotExist();
  }

  @Test
  void shouldGoBackToTheOldSlotWhenTunnelsDoNotComeUp() throws Exception {
    order(stage.good("6", 6));
    startsAnew("first");
    works = false;
    life("second", "B");
    startsAnew("second");
    assertThat(stage.state("B")).isEqualTo("bad");
    works = true;
    life("third", "A");
    ObjectNode back = reported("rolled-back", "not_as_before");
    assertThat(back.path("sentence").asString()).contains("no tunnel is up", "within 4 s");
  }

  @Test
  void shouldReportEachRefusalAndTouchNoSlot() throws Exception {
    byte[] a = stage.content("A");
    byte[] b = stage.content("B");
    order(stage.byAnotherKey());
    assertThat(reported("idle", "other_key").at("/job/refused").asBoolean()).isTrue();
    order(stage.truncated());
    reported("idle", "truncated");
    order(stage.flipped());
    reported("idle", "corrupt");
    order(stage.forAnotherBoard());
    reported("idle", "wrong_board");
    order(stage.expired());
    reported("idle", "expired");
    order(stage.good("4", 4));
    ObjectNode older = reported("idle", "older_version");
    assertThat(older.path("sentence").asString()).contains("4 is older than 5");
    assertThat(stage.content("A")).isEqualTo(a);
    assertThat(stage.content("B")).isEqualTo(b);
    assertThat(stage.primary()).isEqualTo("A");
  }
}
