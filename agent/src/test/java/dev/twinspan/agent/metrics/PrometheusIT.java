package dev.twinspan.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.SelfCommand;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Stock Prometheus and its promtool judge what is shipped for them: the exposition of a box that
 * tells everything, the alert rules with their own tests, the dashboard's queries; and a Prometheus
 * with the shipped configuration scrapes a live agent with one tunnel up and one down.
 */
class PrometheusIT {
  private static final Path DIST = Path.of("src/main/dist/prometheus");
  private static final Path RULE_TESTS =
      Path.of("src/test/resources/prometheus/twinspan.rules.test.yml");
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final String API = "http://127.0.0.1:9090";

  @TempDir private Path folder;

  @BeforeAll
  static void findPromtool() {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/promtool")), "missing: package prometheus");
  }

  private static void promtool(String input, String... arguments) {
    List<String> command = new java.util.ArrayList<>(List.of("promtool"));
    command.addAll(List.of(arguments));
    Exec.Result result = Exec.run(command, input, LIMIT);
    assertThat(result.exit()).as(result.err() + result.out() + input).isZero();
    // Its linter tells on standard error, with exit code 0 in some releases.
    assertThat(result.err()).isEmpty();
  }

  @Test
  void shouldServeWhatPromtoolFindsNoFaultWith() throws Exception {
    Exposition exposition = new Exposition(() -> FullStatus.at(20));
    InetSocketAddress here = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (MetricsServer server = MetricsServer.start(here, exposition);
        HttpClient client = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:%d/metrics".formatted(server.address().getPort()));
      String scraped =
          client
              .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
              .body();
      assertThat(scraped).contains("twinspan_bgp_session_up", "twinspan_drill_outage_seconds");
      promtool(scraped, "check", "metrics");
    }
  }

  /** And the configuration that names them. */
  @Test
  void shouldShipAlertsThatRaiseWhenTheyShould() throws IOException {
    copy(DIST.resolve("prometheus.yml"));
    copy(DIST.resolve("twinspan.rules.yml"));
    promtool("", "check", "config", folder.resolve("prometheus.yml").toString());
    promtool("", "test", "rules", copy(RULE_TESTS).toString());
  }

  @Test
  void shouldShipADashboardWhoseQueriesAreNone() throws IOException {
    StringBuilder rules = new StringBuilder("groups:\n  - name: dashboard\n    rules:\n");
    int number = 0;
    for (String query : DashboardTest.queries()) {
      String plain =
          query
              .replace("$instance", ".+")
              .replace("$connection", ".+")
              .replace("$__rate_interval", "5m");
      assertThat(plain).as("a variable that is not known").doesNotContain("$");
      rules.append(
          "      - record: dashboard:query_%d\n        expr: '%s'\n".formatted(number++, plain));
    }
    Path file = Files.writeString(folder.resolve("queries.yml"), rules);
    promtool("", "check", "rules", file.toString());
  }

  @Test
  void shouldBeScrapedByPrometheus() throws IOException {
    String config = Files.readString(DIST.resolve("prometheus.yml")).replace(": 15s\n", ": 1s\n");
    Path file = Files.writeString(folder.resolve("prometheus.yml"), config);
    copy(DIST.resolve("twinspan.rules.yml"));
    try (Stage stage =
        Stage.set(
            Bench.Options.DEFAULT,
            Stage.Peer.STRONGSWAN,
            Suite.AZURE_STRONG,
            Role.DEFAULT,
            Role.DEFAULT)) {
      stage.strongSwan(0).start();
      stage
          .appliance()
          .configure(stage.appliance().settings().withTop("metrics: {listen: \"127.0.0.1:9469\"}"));
      stage.appliance().start();
      Namespace box = stage.bench().topology().cpe();
      Daemon prometheus =
          box.start(
              "prometheus",
              folder.resolve("prometheus.log"),
              Map.of(),
              List.of(
                  "prometheus",
                  "--config.file=" + file,
                  "--storage.tsdb.path=" + folder.resolve("tsdb"),
                  "--enable-feature=exemplar-storage",
                  "--web.listen-address=127.0.0.1:9090"));
      try {
        await(stage, box, prometheus, "up{job=\"twinspan\"} == 1");
        String tunnel = stage.status().orElseThrow().tunnels().getFirst().name();
        await(stage, box, prometheus, "twinspan_tunnel_up{tunnel=\"%s\"} == 1".formatted(tunnel));
        await(stage, box, prometheus, "twinspan_tunnel_up{tunnel!=\"%s\"} == 0".formatted(tunnel));
        await(stage, box, prometheus, "twinspan_metrics_requests_total{reason=\"answered\"} > 2");
        await(stage, box, prometheus, "ALERTS{alertname=\"TwinspanTunnelDown\"} == 1");
        String event =
            stage.status().orElseThrow().events().stream()
                .filter(told -> tunnel.equals(told.tunnel()) && told.code().equals("established"))
                .toList()
                .getLast()
                .id();
        Await.orThrow(
            LIMIT,
            () -> exemplars(box).contains("\"event_id\":\"" + event + "\""),
            "the exemplar " + event,
            () -> exemplars(box) + prometheus.tail());
      } finally {
        prometheus.terminate(LIMIT);
      }
      Exec.Result printed =
          Exec.run(
              SelfCommand.of("metrics", "--socket=" + stage.appliance().statusSocket()), "", LIMIT);
      assertThat(printed.exit()).as(printed.err()).isZero();
      promtool(printed.out(), "check", "metrics");
    }
  }

  private static void await(Stage stage, Namespace box, Daemon prometheus, String query) {
    Await.orThrow(
        LIMIT,
        () -> {
          Exec.Result answer = box.run("", List.of("promtool", "query", "instant", API, query));
          return answer.ok() && answer.out().contains("=>");
        },
        query,
        () -> prometheus.tail() + stage.describe());
  }

  /** As Grafana asks for them; promtool cannot. */
  private static String exemplars(Namespace box) {
    String request = "GET /api/v1/query_exemplars?query=twinspan_events_total HTTP/1.0\\r\\n\\r\\n";
    return box.run(
            "",
            List.of(
                "bash",
                "-c",
                "exec 3<>/dev/tcp/127.0.0.1/9090 && printf '%s' >&3 && cat <&3".formatted(request)))
        .out();
  }

  private Path copy(Path file) throws IOException {
    return Files.copy(file, folder.resolve(file.getFileName()));
  }
}
