package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.cert.TrustStore;
import dev.twinspan.agent.ike.crypto.SigningKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;

/** With what the two ends of a tunnel prove who they are. */
public sealed interface Credentials {
  /** Zeroes what is secret of them; they prove nothing any more. */
  void destroy();

  /** The same secret on both sides (RFC 7296 section 2.15). */
  record PreSharedKey(Secret secret) implements Credentials {
    @Override
    public void destroy() {
      secret.destroy();
    }
  }

  /**
   * A certificate on each side (RFC 7427).
   *
   * @param chain our own first, then those between it and the CA
   * @param key of our own
   * @param trust who may vouch for the peer
   */
  record Certificates(List<X509Certificate> chain, SigningKey key, TrustStore trust)
      implements Credentials {
    public Certificates {
      chain = List.copyOf(chain);
    }

    @Override
    public void destroy() {
      key.destroy();
    }

    /**
     * The key is its certificate's, and revocation lists come and go: a fresh list is no reason to
     * drop a tunnel.
     */
    @Override
    public boolean equals(Object other) {
      return other instanceof Certificates that
          && chain.equals(that.chain)
          && trust.anchors().equals(that.trust.anchors());
    }

    @Override
    public int hashCode() {
      return Objects.hash(chain, trust.anchors());
    }
  }
}
