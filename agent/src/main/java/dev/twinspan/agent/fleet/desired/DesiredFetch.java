package dev.twinspan.agent.fleet.desired;

import dev.twinspan.agent.config.FleetConfig;
import dev.twinspan.agent.config.FleetTls;
import dev.twinspan.agent.crypto.Https;
import dev.twinspan.agent.crypto.Sha256;
import dev.twinspan.agent.wire.ForeignText;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a desired configuration by its URL, on a virtual thread of its own: over HTTPS from a
 * server that the fleet's CAs vouch for, as whom this box is to its broker. Nothing that comes is
 * looked at before its digest is the one that was told over MQTT.
 */
final class DesiredFetch {
  /** Reason of a refusal that another try may not meet. */
  static final String UNREACHABLE = "url_unreachable";

  /** No configuration is as large. */
  static final int MOST_BYTES = 1 << 20;

  /**
   * How patient it is. Behind the last attempt the controller or the next connection has to ask
   * again.
   *
   * @param attempt for all of one
   * @param waits before each further one
   */
  record Patience(Duration attempt, List<Duration> waits) {
    static final Patience USUAL =
        new Patience(Duration.ofSeconds(20), List.of(Duration.ofSeconds(2), Duration.ofSeconds(8)));
  }

  /** What the JDK says of a body that is; nothing else tells it from one that broke off. */
  private static final String TOO_LARGE = "body exceeds capacity";

  private static final int OK = 200;

  /** How it ended. */
  sealed interface Result {
    record Text(String config) implements Result {}

    record Failed(Refusal why) implements Result {}
  }

  private final Desired desired;
  private final URI url;
  private final FleetConfig fleet;
  private final Patience patience;
  private final Thread thread;
  private volatile @Nullable Result result;

  private DesiredFetch(
      Desired desired, URI url, FleetConfig fleet, Patience patience, Runnable over) {
    this.desired = desired;
    this.url = url;
    this.fleet = fleet;
    this.patience = patience;
    this.thread =
        Thread.ofVirtual()
            .name("fleet-fetch")
            .unstarted(
                () -> {
                  result = fetch();
                  over.run();
                });
  }

  /**
   * @param desired has a URL
   * @param over called from another thread when there is a result
   */
  static DesiredFetch begin(Desired desired, FleetConfig fleet, Runnable over) {
    return begin(desired, fleet, Patience.USUAL, over);
  }

  static DesiredFetch begin(Desired desired, FleetConfig fleet, Patience patience, Runnable over) {
    URI url = desired.url();
    if (url == null) {
      throw new IllegalArgumentException("nothing to fetch");
    }
    DesiredFetch begun = new DesiredFetch(desired, url, fleet, patience, over);
    begun.thread.start();
    return begun;
  }

  Desired desired() {
    return desired;
  }

  boolean isOf(Desired other) {
    return desired.version().equals(other.version()) && desired.hash().equals(other.hash());
  }

  /** Null: it is on its way. Any thread. */
  @Nullable Result result() {
    return result;
  }

  /** Nobody will ask for its result. */
  void cancel() {
    thread.interrupt();
  }

  private Result fetch() {
    try {
      for (int attempt = 0; ; attempt++) {
        try {
          return new Result.Text(checked(body()));
        } catch (Unreachable e) {
          if (attempt == patience.waits().size()) {
            return new Result.Failed(
                new Refusal(
                    UNREACHABLE,
                    "%s cannot be fetched, at %d attempts: %s"
                        .formatted(url, attempt + 1, e.getMessage())));
          }
        }
        Thread.sleep(patience.waits().get(attempt));
      }
    } catch (Refusal e) {
      return new Result.Failed(e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return new Result.Failed(new Refusal(UNREACHABLE, "given up"));
    }
  }

  /** Another attempt may do. */
  private static final class Unreachable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreachable(String why) {
      super(why);
    }
  }

  private byte[] body() throws Refusal, Unreachable, InterruptedException {
    SSLContext tls;
    try {
      tls = FleetTls.context(fleet);
    } catch (IOException e) {
      throw new Refusal("url", String.valueOf(e.getMessage()));
    }
    HttpClient client = Https.client(tls, patience.attempt());
    try {
      HttpRequest request = HttpRequest.newBuilder(url).GET().build();
      // Of one that sends octet after octet the whole has to be there in time, too.
      HttpResponse<byte[]> response =
          client
              .sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MOST_BYTES))
              .get(patience.attempt().toMillis(), TimeUnit.MILLISECONDS);
      judge(response);
      return response.body();
    } catch (TimeoutException _) {
      throw new Unreachable("not there within %d ms".formatted(patience.attempt().toMillis()));
    } catch (ExecutionException e) {
      String why = ForeignText.why(e);
      if (why.startsWith(TOO_LARGE)) {
        throw new Refusal(
            "too_large",
            "%s is larger than %d bytes, which no configuration is".formatted(url, MOST_BYTES));
      }
      throw new Unreachable(why);
    } finally {
      client.shutdownNow();
    }
  }

  private void judge(HttpResponse<byte[]> response) throws Refusal, Unreachable {
    int status = response.statusCode();
    if (status == OK) {
      return;
    }
    if (status >= 500) {
      throw new Unreachable("the server answers %d".formatted(status));
    }
    String where =
        response
            .headers()
            .firstValue("location")
            .map(to -> ", to " + ForeignText.printable(to))
            .orElse("");
    throw new Refusal(
        "url",
        "%s: the server answers %d%s, expected 200: give the URL of the file itself, that this box's certificate may read"
            .formatted(url, status, where));
  }

  private String checked(byte[] body) throws Refusal {
    String is = Sha256.of(fleet.fips()).hex(body);
    if (!is.equals(desired.hash())) {
      throw new Refusal(
          "hash",
          "%s: hash is %s, that of the %d bytes there is %s"
              .formatted(url, desired.hash(), body.length, is));
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException _) {
      throw new Refusal("malformed", url + ": no text in UTF-8");
    }
  }
}
