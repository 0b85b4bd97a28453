package dev.twinspan.agent.update;

import dev.twinspan.agent.crypto.FipsTls;
import dev.twinspan.agent.crypto.Https;
import dev.twinspan.agent.wire.ForeignText;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;

/**
 * Asks a server for what somebody at a terminal did not announce of a bundle: its size (HEAD), and
 * its SHA-256, from the file beside it that sha256sum(1) makes. One thread; blocks.
 *
 * @param limit for each answer as a whole
 */
record Enquiry(SSLContext tls, Duration limit) {
  /** Of the digest's file. */
  static final String SUFFIX = ".sha256";

  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final int MOST_BYTES = 4096;
  private static final int OK = 200;

  /** The order with all that was not said. */
  UpdateOrder complete(UpdateOrder order) throws UpdateRefusal, InterruptedException {
    FipsTls.enter(tls);
    HttpClient client = Https.client(tls, CONNECT);
    try {
      long size = order.size() == 0 ? size(client, order.url()) : order.size();
      String sha256 = order.sha256().isEmpty() ? sha256(client, order.url()) : order.sha256();
      return UpdateOrder.of(order.id(), order.url(), sha256, size, order.force(), order.at());
    } finally {
      client.shutdownNow();
    }
  }

  private long size(HttpClient client, String url) throws UpdateRefusal, InterruptedException {
    HttpResponse<byte[]> answer = ask(client, HttpRequest.newBuilder(URI.create(url)).HEAD());
    String length = answer.headers().firstValue("content-length").orElse("");
    if (answer.statusCode() != OK || !length.matches("\\d{1,18}")) {
      throw new UpdateRefusal(
          "url",
          "%s: the server answers %d to HEAD with Content-Length '%s', expected 200 and a number: give the URL of the file itself, that this box's certificate may read, or --size"
              .formatted(url, answer.statusCode(), ForeignText.printable(length)));
    }
    return Long.parseLong(length);
  }

  private String sha256(HttpClient client, String url) throws UpdateRefusal, InterruptedException {
    URI beside = beside(url);
    HttpResponse<byte[]> answer = ask(client, HttpRequest.newBuilder(beside).GET());
    String text = new String(answer.body(), StandardCharsets.US_ASCII).strip();
    String digest = text.split("\\s", 2)[0];
    if (answer.statusCode() != OK || !digest.matches("[0-9a-f]{64}")) {
      throw new UpdateRefusal(
          "url",
          "%s: the server answers %d %s, expected a line of sha256sum: put it there, or give --sha256"
              .formatted(
                  beside,
                  answer.statusCode(),
                  ForeignText.printable(text.substring(0, Math.min(text.length(), 80)))));
    }
    return digest;
  }

  /** What stands behind the path stays there: it may be a token. */
  static URI beside(String url) {
    int query = url.indexOf('?');
    return URI.create(
        query < 0 ? url + SUFFIX : url.substring(0, query) + SUFFIX + url.substring(query));
  }

  private HttpResponse<byte[]> ask(HttpClient client, HttpRequest.Builder request)
      throws UpdateRefusal, InterruptedException {
    HttpRequest asked = request.build();
    try {
      return client
          .sendAsync(
              asked,
              HttpResponse.BodyHandlers.limiting(
                  HttpResponse.BodyHandlers.ofByteArray(), MOST_BYTES))
          .get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw unreachable(asked, ForeignText.why(e));
    } catch (TimeoutException _) {
      throw unreachable(asked, "no answer within " + limit.toSeconds() + " s");
    }
  }

  private static UpdateRefusal unreachable(HttpRequest asked, String why) {
    return new UpdateRefusal(
        "unreachable",
        "%s cannot be asked for: %s".formatted(asked.uri(), ForeignText.printable(why)));
  }
}
