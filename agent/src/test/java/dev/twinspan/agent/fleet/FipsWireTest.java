package dev.twinspan.agent.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.agent.config.FleetConfig;
import dev.twinspan.agent.config.FleetTls;
import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.bouncycastle.crypto.CryptoServicesRegistrar;
import org.bouncycastle.crypto.fips.FipsUnapprovedOperationError;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The wire to the broker with {@code fips: true}, against the JDK's TLS. Each test on a thread of
 * its own, since the mode stays with the thread.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FipsWireTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Entity ROOT = TestPki.root(Kind.P256, "fleet root");

  @TempDir Path folder;

  @BeforeEach
  void write() {
    write("box", Kind.P256, "127.0.0.1");
    write("broker", Kind.P256, "127.0.0.1");
    TestPki.write(folder.resolve("ca.pem"), ROOT.certificate());
  }

  private void write(String name, Kind kind, String address) {
    // Of a CA below the root, so that a chain has to be sent.
    Entity below = ROOT.issues(Kind.P384, "below").ca().build();
    Entity entity = below.issues(kind, name).ip(address).build();
    entity.writeChain(folder.resolve(name + ".pem"));
    entity.writeKey(folder.resolve(name + ".key"));
  }

  private SSLContext tls() throws IOException {
    return FleetTls.context(
        new FleetConfig(
            "127.0.0.1",
            8883,
            folder.resolve("box.pem"),
            folder.resolve("box.key"),
            folder.resolve("ca.pem"),
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            folder,
            100,
            Duration.ofMinutes(2),
            false,
            FleetConfig.Reach.BY_ROUTES,
            true));
  }

  /** Takes one connection and sends back what comes; what it saw is there after the handshake. */
  private final class Echo implements AutoCloseable {
    final CompletableFuture<SSLSession> seen = new CompletableFuture<>();
    private final SSLServerSocket listener;

    Echo(String address, String protocol) throws IOException {
      SSLContext tls =
          FleetTls.context(
              folder.resolve("broker.pem"), folder.resolve("broker.key"), folder.resolve("ca.pem"));
      listener =
          (SSLServerSocket)
              tls.getServerSocketFactory().createServerSocket(0, 1, InetAddress.getByName(address));
      listener.setNeedClientAuth(true);
      listener.setEnabledProtocols(new String[] {protocol});
      Thread.ofVirtual().start(this::serve);
    }

    private void serve() {
      try (SSLSocket socket = (SSLSocket) listener.accept()) {
        socket.startHandshake();
        seen.complete(socket.getSession());
        OutputStream out = socket.getOutputStream();
        socket.getInputStream().transferTo(out);
      } catch (IOException e) {
        seen.completeExceptionally(e);
      }
    }

    PahoWire wire(String host) throws IOException {
      return new PahoWire(tls(), host, listener.getLocalPort(), LIMIT);
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"P256", "P384", "RSA_2048"})
  void shouldBringItsCertificateOverTls13(Kind kind) throws Exception {
    write("box", kind, "127.0.0.1");
    write("broker", kind, "127.0.0.1");
    try (Echo echo = new Echo("127.0.0.1", "TLSv1.3")) {
      PahoWire wire = echo.wire("127.0.0.1");
      wire.start();

      SSLSession seen = echo.seen.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      assertThat(seen.getProtocol()).isEqualTo("TLSv1.3");
      assertThat(seen.getCipherSuite()).startsWith("TLS_AES_");
      assertThat(seen.getPeerPrincipal().getName()).contains("CN=box");
      wire.getOutputStream().write(new byte[] {42});
      assertThat(wire.getInputStream().read()).isEqualTo(42);
      assertThat(CryptoServicesRegistrar.isInApprovedOnlyMode()).isTrue();
      wire.stop();
    }
  }

  /** What proves the mode: only what the module does in it is guarded like that. */
  @Test
  void shouldServeNoThreadOutsideTheMode() throws Exception {
    try (Echo echo = new Echo("127.0.0.1", "TLSv1.3")) {
      SSLContext tls = tls();
      assertThat(tls.getProvider().getName()).isEqualTo("BCJSSE");
      CompletableFuture<Throwable> thrown = new CompletableFuture<>();
      Thread outside =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try (SSLSocket socket =
                        (SSLSocket)
                            tls.getSocketFactory()
                                .createSocket("127.0.0.1", echo.listener.getLocalPort())) {
                      socket.startHandshake();
                      thrown.complete(new AssertionError("it was let"));
                    } catch (Throwable e) {
                      thrown.complete(e);
                    }
                  });
      Throwable why = thrown.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      outside.join();
      assertThat(why).isInstanceOf(FipsUnapprovedOperationError.class);
    }
  }

  /** A thread that nobody has put into the mode: the wire does. */
  @Test
  void shouldServeAnyThread() throws Exception {
    try (Echo echo = new Echo("127.0.0.1", "TLSv1.3")) {
      PahoWire wire = echo.wire("127.0.0.1");
      CompletableFuture<Integer> echoed = new CompletableFuture<>();
      inTurn(wire::start);
      inTurn(() -> wire.getOutputStream().write(42));
      inTurn(() -> echoed.complete(wire.getInputStream().read()));
      inTurn(wire::stop);
      assertThat(echoed).isCompletedWithValue(42);
    }
  }

  private interface Step {
    void run() throws Exception;
  }

  private static void inTurn(Step step) throws Exception {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(
            () -> {
              try {
                step.run();
                done.complete(null);
              } catch (Throwable e) {
                done.completeExceptionally(e);
              }
            });
    done.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1, 127.0.0.1, true",
    "127.0.0.1, 127.0.0.2, 127.0.0.1, false",
    "127.0.0.1, 127.0.0.1, localhost, false",
    "::1, ::1, ::1, true",
    "::1, ::2, ::1, false",
  })
  void shouldWantTheNameItDialled(String address, String certified, String host, boolean taken)
      throws Exception {
    write("broker", Kind.P256, certified);
    try (Echo echo = new Echo(address, "TLSv1.3")) {
      PahoWire wire = echo.wire(host);
      if (taken) {
        wire.start();
        wire.stop();
      } else {
        assertThatThrownBy(wire::start)
            .isInstanceOf(IOException.class)
            .rootCause()
            .hasMessageContaining(host);
        assertThatThrownBy(() -> echo.seen.get(LIMIT.toSeconds(), TimeUnit.SECONDS))
            .isInstanceOf(ExecutionException.class);
      }
    }
  }

  @Test
  void shouldTrustNobodyElse() throws Exception {
    try (Echo echo = new Echo("127.0.0.1", "TLSv1.3")) {
      TestPki.write(
          folder.resolve("ca.pem"), TestPki.root(Kind.P256, "another root").certificate());
      assertThatThrownBy(() -> echo.wire("127.0.0.1").start())
          .isInstanceOf(IOException.class)
          .rootCause()
          .hasMessageContaining("certification path");
    }
  }

  /** In the words by which the doctor knows it. */
  @Test
  void shouldSayThatTheBrokersCertificateHasExpired() throws Exception {
    Instant now = Instant.now();
    Entity late =
        ROOT.issues(Kind.P256, "late")
            .ip("127.0.0.1")
            .valid(now.minus(Duration.ofDays(2)), now.minus(Duration.ofDays(1)))
            .build();
    late.writeChain(folder.resolve("broker.pem"));
    late.writeKey(folder.resolve("broker.key"));
    try (Echo echo = new Echo("127.0.0.1", "TLSv1.3")) {
      assertThatThrownBy(() -> echo.wire("127.0.0.1").start())
          .isInstanceOf(IOException.class)
          .satisfies(why -> assertThat(Paho.why(why)).contains("CertificateExpired"));
    }
  }

  @Test
  void shouldSpeakNothingOlder() throws Exception {
    try (Echo echo = new Echo("127.0.0.1", "TLSv1.2")) {
      assertThatThrownBy(() -> echo.wire("127.0.0.1").start())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("protocol_version");
    }
  }

  /** The module's refusal is an Error, which would end Paho's thread without a word. */
  @Test
  void shouldSayThatTheModuleDoesNotTakeAWeakKey() throws Exception {
    write("box", Kind.RSA_1024, "127.0.0.1");
    try (Echo echo = new Echo("127.0.0.1", "TLSv1.3")) {
      assertThatThrownBy(echo.wire("127.0.0.1")::start)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("fips: true");
    }
  }

  @Test
  void shouldSayWhichFileCannotBeUsed() throws IOException {
    Files.writeString(folder.resolve("box.pem"), "no certificate\n");
    assertThatThrownBy(this::tls)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(folder.resolve("box.pem") + " cannot be used: ");
  }
}
