package dev.twinspan.agent.update;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.twinspan.agent.config.FleetConfig;
import dev.twinspan.agent.config.FleetTls;
import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/**
 * A server of one file over HTTPS, with its SHA-256 beside it, which knows Range and HEAD, and ends
 * connections when it is told to.
 */
public final class BundleServer implements AutoCloseable {
  final Path folder;

  /** What it was asked for: the header Range, or "all". */
  public final List<String> asked = Collections.synchronizedList(new ArrayList<>());

  /** So many connections end in the middle. */
  public final AtomicInteger breaks = new AtomicInteger();

  /** What it answers instead, of 0 the file. */
  volatile int status;

  public volatile byte[] content = {};

  /** What stands in the file beside it. */
  public volatile String digest = "";

  private final HttpsServer server;

  BundleServer(Path folder) throws IOException {
    this.folder = folder;
    Entity root = TestPki.root(Kind.P256, "fleet");
    for (String name : List.of("server", "box")) {
      Entity entity = root.issues(Kind.P256, name).ip("127.0.0.1").build();
      entity.writeChain(folder.resolve(name + ".crt"));
      entity.writeKey(folder.resolve(name + ".key"));
    }
    TestPki.write(folder.resolve("ca.crt"), root.certificate());
    this.server = listening(tls("server"));
  }

  /** In the calling thread's network namespace. */
  public BundleServer(Path folder, Path certificate, Path key, Path trust) throws IOException {
    this.folder = folder;
    this.server = listening(FleetTls.context(certificate, key, trust));
  }

  private HttpsServer listening(SSLContext tls) throws IOException {
    HttpsServer made =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    made.setHttpsConfigurator(
        new HttpsConfigurator(tls) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters wanted = tls.getDefaultSSLParameters();
            wanted.setNeedClientAuth(true);
            parameters.setSSLParameters(wanted);
          }
        });
    made.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    made.createContext("/bundle", this::serve);
    made.createContext("/bundle.sha256", this::serveDigest);
    made.start();
    return made;
  }

  SSLContext tls(String name) throws IOException {
    return FleetTls.context(
        folder.resolve(name + ".crt"), folder.resolve(name + ".key"), folder.resolve("ca.crt"));
  }

  /** As a box has it, in either mode. */
  SSLContext boxTls(boolean fips) throws IOException {
    return FleetTls.context(
        new FleetConfig(
            "127.0.0.1",
            8883,
            folder.resolve("box.crt"),
            folder.resolve("box.key"),
            folder.resolve("ca.crt"),
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            folder,
            100,
            Duration.ofMinutes(2),
            false,
            FleetConfig.Reach.BY_ROUTES,
            fips));
  }

  public String url() {
    return "https://127.0.0.1:%d/bundle".formatted(server.getAddress().getPort());
  }

  private void serveDigest(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] line = digest.getBytes(StandardCharsets.US_ASCII);
      exchange.sendResponseHeaders(
          line.length == 0 ? 404 : 200, line.length == 0 ? -1 : line.length);
      exchange.getResponseBody().write(line);
    }
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] all = content;
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.getResponseHeaders().set("Content-Length", Integer.toString(all.length));
        exchange.sendResponseHeaders(status == 0 ? 200 : status, -1);
        return;
      }
      String range = exchange.getRequestHeaders().getFirst("Range");
      asked.add(range == null ? "all" : range);
      if (status != 0) {
        exchange.sendResponseHeaders(status, -1);
        return;
      }
      int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
      if (from > 0) {
        exchange
            .getResponseHeaders()
            .set("Content-Range", "bytes %d-%d/%d".formatted(from, all.length - 1, all.length));
      }
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, all.length - from);
      int length = all.length - from;
      OutputStream out = exchange.getResponseBody();
      if (breaks.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        out.write(all, from, length / 2);
        out.flush();
        throw new IOException("the connection ends here");
      }
      out.write(all, from, length);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
