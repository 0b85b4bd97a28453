package dev.twinspan.agent.crypto;

import java.net.http.HttpClient;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** How this box fetches things: as whom it is to its fleet. */
public final class Https {
  private Https() {}

  /**
   * HTTP/1.1 over TLS 1.3, no redirects; its threads are in the module's approved mode where the
   * context is of {@link FipsTls}. The caller shuts it down.
   *
   * @param connect how long a connection may take to be there
   */
  public static HttpClient client(SSLContext tls, Duration connect) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(connect)
        .executor(FipsTls.executor(tls))
        .sslContext(tls)
        .sslParameters(new SSLParameters(null, new String[] {"TLSv1.3"}))
        .build();
  }
}
