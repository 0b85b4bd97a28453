package dev.twinspan.agent.ike.cert;

import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Who may vouch for a peer, and whom they have disowned.
 *
 * @param anchors certificates of CAs, or the peer's own
 * @param crls revocation lists; with none, revocation is not asked about
 */
public record TrustStore(List<X509Certificate> anchors, List<X509CRL> crls) {
  public TrustStore {
    anchors = List.copyOf(anchors);
    crls = List.copyOf(crls);
  }

  List<String> subjects() {
    return anchors.stream().map(a -> Names.text(a.getSubjectX500Principal())).toList();
  }
}
