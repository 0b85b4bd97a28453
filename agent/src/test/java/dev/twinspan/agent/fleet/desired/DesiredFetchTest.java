package dev.twinspan.agent.fleet.desired;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.agent.config.FleetConfig;
import dev.twinspan.agent.crypto.Sha256;
import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.netns.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A configuration from a real HTTPS server that does well, and one that does not. */
@ParameterizedClass(name = "fips: {0}")
@ValueSource(booleans = {false, true})
class DesiredFetchTest {
  private static final Entity ROOT = TestPki.root(Kind.P256, "fleet root");
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String TEXT = "device: {id: branch-0017}   # héhé\n";
  private static final byte[] BYTES = TEXT.getBytes(StandardCharsets.UTF_8);
  private static final DesiredFetch.Patience PATIENT =
      new DesiredFetch.Patience(LIMIT, List.of(Duration.ofMillis(1), Duration.ofMillis(1)));

  @Parameter boolean fips;
  @TempDir Path folder;

  @BeforeEach
  void certificates() throws IOException {
    for (String name : List.of("box", "server")) {
      Entity entity = ROOT.issues(Kind.P256, name).ip("127.0.0.1").build();
      entity.writeChain(folder.resolve(name + ".pem"));
      entity.writeKey(folder.resolve(name + ".key"));
    }
    Entity nowhere = ROOT.issues(Kind.P256, "nowhere").ip("127.0.0.2").build();
    nowhere.writeChain(folder.resolve("nowhere.pem"));
    nowhere.writeKey(folder.resolve("nowhere.key"));
    TestPki.write(folder.resolve("ca.pem"), ROOT.certificate());
    TestPki.write(
        folder.resolve("other.pem"), TestPki.root(Kind.P256, "another root").certificate());
  }

  private HttpsFiles server(HttpsFiles.Answer answer) throws IOException {
    return server("server", answer);
  }

  private HttpsFiles server(String name, HttpsFiles.Answer answer) throws IOException {
    return new HttpsFiles(
        folder.resolve(name + ".pem"),
        folder.resolve(name + ".key"),
        folder.resolve("ca.pem"),
        answer);
  }

  private FleetConfig fleet(String trust) {
    return new FleetConfig(
        "127.0.0.1",
        8883,
        folder.resolve("box.pem"),
        folder.resolve("box.key"),
        folder.resolve(trust),
        Duration.ofSeconds(30),
        Duration.ofSeconds(10),
        folder,
        100,
        Duration.ofSeconds(120),
        false,
        FleetConfig.Reach.BY_ROUTES,
        fips);
  }

  private static Desired desired(String url, String hash) throws Refusal {
    return Desired.parse(
        Json.compact(Json.object().put("version", "v1").put("hash", hash).put("url", url))
            .getBytes(StandardCharsets.UTF_8),
        Sha256.JDK);
  }

  private DesiredFetch.Result fetch(HttpsFiles from) throws Exception {
    return fetch(from, "ca.pem", PATIENT);
  }

  private DesiredFetch.Result fetch(HttpsFiles from, String trust, DesiredFetch.Patience patience)
      throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    DesiredFetch fetch =
        DesiredFetch.begin(
            desired(from.url(), Sha256.JDK.hex(TEXT)), fleet(trust), patience, over::countDown);
    Await.orThrow(LIMIT, () -> over.getCount() == 0, "the end of it", () -> from.url());
    return fetch.result();
  }

  private static Refusal failed(DesiredFetch.Result result) {
    assertThat(result).isInstanceOf(DesiredFetch.Result.Failed.class);
    return ((DesiredFetch.Result.Failed) result).why();
  }

  private static HttpsFiles.Answer whole(byte[] body) {
    return exchange -> {
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    };
  }

  @Test
  void shouldFetchWhatHasTheDigestThatWasTold() throws Exception {
    try (HttpsFiles server = server(whole(BYTES))) {
      assertThat(fetch(server)).isEqualTo(new DesiredFetch.Result.Text(TEXT));
      assertThat(server.asked).hasValue(1);
    }
  }

  @Test
  void shouldRefuseAnotherDigestAtOnce() throws Exception {
    try (HttpsFiles server = server(whole("device: {id: evil}".getBytes(StandardCharsets.UTF_8)))) {
      Refusal why = failed(fetch(server));
      assertThat(why.reason()).isEqualTo("hash");
      assertThat(why.sentence()).contains(server.url(), Sha256.JDK.hex(TEXT), "18 bytes");
      assertThat(server.asked).as("no other try would help").hasValue(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldNotReadWhatIsTooLarge(boolean announced) throws Exception {
    byte[] large = new byte[2 * DesiredFetch.MOST_BYTES];
    try (HttpsFiles server =
        server(
            exchange -> {
              exchange.sendResponseHeaders(200, announced ? large.length : 0);
              exchange.getResponseBody().write(large);
            })) {
      Refusal why = failed(fetch(server));
      assertThat(why.reason()).isEqualTo("too_large");
      assertThat(why.sentence()).contains("larger than 1048576 bytes");
      assertThat(server.asked).hasValue(1);
    }
  }

  @Test
  void shouldTryAgainWhenItBreaksOff() throws Exception {
    try (HttpsFiles server =
        server(
            exchange -> {
              exchange.sendResponseHeaders(200, BYTES.length);
              exchange.getResponseBody().write(BYTES, 0, 10);
              exchange.getResponseBody().flush();
            })) {
      Refusal why = failed(fetch(server));
      assertThat(why.reason()).isEqualTo(DesiredFetch.UNREACHABLE);
      assertThat(why.sentence()).contains("at 3 attempts");
      assertThat(server.asked).hasValue(3);
    }
  }

  @Test
  void shouldGetOverAServerThatIsBeingRestarted() throws Exception {
    int[] times = new int[1];
    try (HttpsFiles server =
        server(
            exchange -> {
              if (times[0]++ == 0) {
                exchange.sendResponseHeaders(503, -1);
              } else {
                whole(BYTES).give(exchange);
              }
            })) {
      assertThat(fetch(server)).isEqualTo(new DesiredFetch.Result.Text(TEXT));
    }
  }

  /** Neither to another scheme nor to another place: the controller names the file itself. */
  @ParameterizedTest
  @ValueSource(
      strings = {"http://127.0.0.1/plain", "https://127.0.0.1:1/there", "file:///etc/passwd"})
  void shouldFollowNoRedirect(String to) throws Exception {
    try (HttpsFiles server =
        server(
            exchange -> {
              exchange.getResponseHeaders().add("Location", to);
              exchange.sendResponseHeaders(302, -1);
            })) {
      Refusal why = failed(fetch(server));
      assertThat(why.reason()).isEqualTo("url");
      assertThat(why.sentence()).contains("answers 302, to " + to, "expected 200");
      assertThat(server.asked).hasValue(1);
    }
  }

  @Test
  void shouldNotWaitForOneThatNeverEnds() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (HttpsFiles server =
        server(
            exchange -> {
              exchange.sendResponseHeaders(200, BYTES.length);
              exchange.getResponseBody().write(BYTES, 0, 1);
              exchange.getResponseBody().flush();
              try {
                end.await();
              } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
              }
            })) {
      Refusal why =
          failed(
              fetch(
                  server,
                  "ca.pem",
                  new DesiredFetch.Patience(Duration.ofMillis(700), List.of(Duration.ZERO))));
      assertThat(why.reason()).isEqualTo(DesiredFetch.UNREACHABLE);
      assertThat(why.sentence()).contains("not there within 700 ms", "at 2 attempts");
      end.countDown();
    }
  }

  @Test
  void shouldTrustNobodyElse() throws Exception {
    try (HttpsFiles server = server(whole(BYTES))) {
      Refusal why = failed(fetch(server, "other.pem", PATIENT));
      assertThat(why.reason()).isEqualTo(DesiredFetch.UNREACHABLE);
      assertThat(why.sentence()).containsIgnoringCase("certification path");
      assertThat(server.asked).hasValue(0);
    }
    try (HttpsFiles server = server("nowhere", whole(BYTES))) {
      assertThat(failed(fetch(server)).sentence()).contains("127.0.0.1");
      assertThat(server.asked).hasValue(0);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://a.example/x",
        "file:///etc/passwd",
        "https:///x",
        "https://user:secret@a.example/x",
        "https://a.example/x#y",
        "https://a b/",
        "ftp://a.example/",
        ""
      })
  void shouldTakeHttpsAlone(String url) {
    assertThatThrownBy(() -> desired(url, Sha256.JDK.hex(TEXT)))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("expected https://HOST");
  }
}
