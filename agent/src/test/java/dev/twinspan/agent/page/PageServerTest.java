package dev.twinspan.agent.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.metrics.FullStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Over TCP on this machine. */
@Timeout(180)
class PageServerTest {
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();
  private static final Path FILES = Path.of("src/main/resources/dev/twinspan/agent/page");
  private static final Pattern IMPORT = Pattern.compile("(?m)^import .*'\\./([^']+)';$");
  private static final Pattern MENTION = Pattern.compile("(?:href|src)=\"([^\"]+)\"");

  private final PageSite fleet = PageSite.fleet(URI.create("wss://broker.example:8884/mqtt"));
  private PageServer server;

  @BeforeEach
  void start() throws IOException {
    server = PageServer.start(new InetSocketAddress(HERE, 0), fleet);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static String exchange(PageServer of, String head) throws IOException {
    try (Socket socket = new Socket(HERE, of.address().getPort())) {
      socket.getOutputStream().write((head + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void shouldServeThePageUnderAStrictPolicy() throws IOException {
    assertThat(exchange(server, "GET / HTTP/1.1\r\nHost: fleet.example"))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .contains("content-type: text/html; charset=utf-8\r\n")
        .contains(
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self';"
                + " img-src 'self'; connect-src 'self' wss://broker.example:8884; form-action"
                + " 'none'; base-uri 'none'; frame-ancestors 'none'\r\n")
        .contains("X-Content-Type-Options: nosniff\r\n")
        .contains("Referrer-Policy: no-referrer\r\n")
        .contains("<title>Twinspan fleet</title>");
    assertThat(exchange(server, "GET /config.json?x HTTP/1.1\r\nHost: [::1]"))
        .contains("content-type: application/json\r\n")
        .endsWith("{\"broker\":\"wss://broker.example:8884/mqtt\"}");
    String head = exchange(server, "HEAD /style.css HTTP/1.1\r\nHost: localhost");
    assertThat(head)
        .startsWith("HTTP/1.1 200 OK\r\n")
        .contains("content-length: " + Files.size(FILES.resolve("style.css")) + "\r\n")
        .endsWith("\r\n\r\n");
  }

  @ParameterizedTest
  @CsvSource({
    "POST / HTTP/1.1, 405",
    "GET /fleet.html HTTP/1.1, 404",
    "GET /../build.properties HTTP/1.1, 404",
    "GET /%2e%2e/build.properties HTTP/1.1, 404",
    "GET /PageFile.class HTTP/1.1, 404",
    "GET /%zz HTTP/1.1, 404",
    "nonsense, 400",
  })
  void shouldServeNothingElse(String line, int code) throws IOException {
    assertThat(exchange(server, line + "\r\nHost: localhost")).startsWith("HTTP/1.1 " + code);
  }

  /** A list of files that is not kept up to date shows only in a native image, or in a browser. */
  @Test
  void shouldServeWhatItsFilesMention() throws IOException {
    PageSite box = PageSite.box(() -> FullStatus.at(1));
    for (PageSite site : List.of(fleet, box)) {
      for (String path : site.files().keySet()) {
        if (path.startsWith("/mqtt/") || path.startsWith("/uplot/")) {
          continue; // npm's
        }
        String file = site.files().get(path).resource();
        String text = Files.readString(FILES.resolve(file));
        Pattern pattern = file.endsWith(".html") ? MENTION : IMPORT;
        List<String> mentioned =
            pattern.matcher(text).results().map(m -> "/" + m.group(1)).toList();
        assertThat(site.files().keySet()).as(file).containsAll(mentioned);
      }
    }
    try (Stream<Path> all = Files.list(FILES)) {
      assertThat(all.map(path -> path.getFileName().toString()))
          .as("files that nobody is served")
          .allMatch(
              name ->
                  Stream.of(fleet, box)
                      .flatMap(site -> site.files().values().stream())
                      .anyMatch(file -> file.resource().equals(name)));
    }
  }

  /** A page of the internet cannot read it by a name of its own that leads here. */
  @Test
  void shouldTellABoxsStatusOnlyUnderANameOfTheLan() throws IOException {
    InetSocketAddress here = new InetSocketAddress(HERE, 0);
    try (PageServer box = PageServer.start(here, PageSite.box(() -> FullStatus.at(1)))) {
      assertThat(exchange(box, "GET /status.json HTTP/1.1\r\nHost: 192.168.50.2:8080"))
          .startsWith("HTTP/1.1 200 OK")
          .contains("connect-src 'self';", "\"device\":\"branch-0017\"");
      assertThat(exchange(box, "GET /status.json HTTP/1.1\r\nHost: evil.example"))
          .startsWith("HTTP/1.1 421")
          .doesNotContain("branch-0017");
      assertThat(exchange(box, "GET /config.json HTTP/1.1\r\nHost: box"))
          .startsWith("HTTP/1.1 404");
    }
  }

  @Test
  void shouldNameAnyHostInThePolicyWhereItsGrammarHasNoAddress() {
    assertThat(PageSite.fleet(URI.create("wss://[2001:db8::1]:8884/")).policy())
        .contains("connect-src 'self' wss:;");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "192.0.2.7",
        "192.0.2.7:8080",
        "[2001:db8::1]:8080",
        "localhost:8080",
        "branch-0017",
        "box.lan",
        "BOX.Local:80"
      })
  void shouldTakeNamesOfTheLan(String host) {
    assertThat(HostName.mayBeOurs(host)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "evil.example", "192.0.2.7.evil.example:80", "a.b", "lan.evil.example"})
  void shouldTakeNoNamesOfTheInternet(String host) {
    assertThat(HostName.mayBeOurs(host)).isFalse();
  }
}
