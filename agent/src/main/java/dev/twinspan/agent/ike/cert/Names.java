package dev.twinspan.agent.ike.cert;

import dev.twinspan.agent.ike.message.IkeId;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** The names in certificates, and the identities of IKE they stand for (RFC 4945 section 3.1). */
public final class Names {
  private static final int RFC822_NAME = 1;
  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;

  /** Longest name put into a sentence. */
  private static final int LONGEST = 200;

  private Names() {}

  /** A distinguished name as people write it, with nothing in it that moves a cursor. */
  public static String text(X500Principal name) {
    return printable(name.getName());
  }

  static String printable(String text) {
    StringBuilder safe = new StringBuilder();
    text.chars().limit(LONGEST).forEach(c -> safe.append(c >= ' ' && c < 0x7f ? (char) c : '?'));
    return text.length() > LONGEST ? safe + "..." : safe.toString();
  }

  /** Equal, or the same distinguished name in another encoding. */
  public static boolean same(IkeId one, IkeId other) {
    if (one.equals(other)) {
      return true;
    }
    X500Principal name = distinguishedName(one);
    return name != null && name.equals(distinguishedName(other));
  }

  /** Null unless it is one. */
  public static @Nullable X500Principal distinguishedName(IkeId id) {
    if (id.type() != IkeId.DER_ASN1_DN) {
      return null;
    }
    try {
      return new X500Principal(id.data());
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  /** An identity in words; a distinguished name readable. */
  public static String text(IkeId id) {
    X500Principal name = distinguishedName(id);
    return name == null ? id.text() : text(name) + " (ID_DER_ASN1_DN)";
  }

  /**
   * Whether the certificate speaks for the identity: an address, host name or mailbox by its
   * subjectAltName, a distinguished name by its subject. The subject's common name stands for
   * nothing.
   */
  public static boolean certifies(X509Certificate certificate, IkeId id) {
    X500Principal name = distinguishedName(id);
    return name == null
        ? alternatives(certificate).stream().anyMatch(alternative -> sameName(alternative, id))
        : name.equals(certificate.getSubjectX500Principal());
  }

  private static boolean sameName(IkeId alternative, IkeId id) {
    boolean address = id.type() == IkeId.IPV4_ADDR || id.type() == IkeId.IPV6_ADDR;
    return alternative.type() == id.type()
        && (address
            ? alternative.equals(id)
            : new String(alternative.data(), StandardCharsets.US_ASCII)
                .equalsIgnoreCase(new String(id.data(), StandardCharsets.US_ASCII)));
  }

  /** All names it has, for sentences: subject and alternatives. */
  public static List<String> all(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    if (!certificate.getSubjectX500Principal().getName().isEmpty()) {
      names.add(text(certificate.getSubjectX500Principal()));
    }
    alternatives(certificate).stream().limit(10).forEach(id -> names.add(id.text()));
    return List.copyOf(names);
  }

  private static List<IkeId> alternatives(X509Certificate certificate) {
    List<IkeId> ids = new ArrayList<>();
    Collection<List<?>> names;
    try {
      names = certificate.getSubjectAlternativeNames();
    } catch (CertificateParsingException _) {
      return List.of();
    }
    for (List<?> name : names == null ? List.<List<?>>of() : names) {
      if (name.get(0) instanceof Integer type && name.get(1) instanceof String value) {
        IkeId id = id(type, value);
        if (id != null) {
          ids.add(id);
        }
      }
    }
    return ids;
  }

  private static @Nullable IkeId id(int type, String value) {
    return switch (type) {
      case RFC822_NAME -> new IkeId(IkeId.RFC822_ADDR, value.getBytes(StandardCharsets.US_ASCII));
      case DNS_NAME -> IkeId.fqdn(value);
      case IP_ADDRESS -> IkeId.of(InetAddress.ofLiteral(value));
      default -> null;
    };
  }
}
