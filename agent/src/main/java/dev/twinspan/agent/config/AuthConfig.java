package dev.twinspan.agent.config;

import dev.twinspan.agent.ike.Credentials;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** How a connection's two sides prove who they are, and the files that came from. */
public sealed interface AuthConfig {
  Credentials credentials();

  /** {@code psk}. */
  record Psk(Path file, Credentials.PreSharedKey credentials) implements AuthConfig {}

  /** {@code certificate}. */
  record Certificate(Files files, Credentials.Certificates credentials) implements AuthConfig {}

  /**
   * @param certificate own certificate and chain, PEM
   * @param key its private key, PEM
   * @param trust CAs of the peer, PEM
   * @param crl revocation lists, PEM or DER; null: none
   */
  record Files(Path certificate, Path key, Path trust, @Nullable Path crl) {}
}
