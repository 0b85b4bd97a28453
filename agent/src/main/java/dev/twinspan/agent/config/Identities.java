package dev.twinspan.agent.config;

import dev.twinspan.agent.ike.message.IkeId;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import javax.security.auth.x500.X500Principal;

/** Identities as people write them (RFC 7296 section 3.5). */
final class Identities {
  private Identities() {}

  /** {@code CN=} and the like at its beginning. */
  private static final Pattern DISTINGUISHED_NAME = Pattern.compile("[A-Za-z0-9.]+\\s*=.*");

  /**
   * An address, {@code user@host}, a distinguished name ({@code CN=hub, O=Example}), or else a host
   * name.
   *
   * @throws IllegalArgumentException for a distinguished name that is none
   */
  static IkeId of(String text) {
    if (DISTINGUISHED_NAME.matcher(text).matches()) {
      return new IkeId(IkeId.DER_ASN1_DN, new X500Principal(text).getEncoded());
    }
    try {
      return IkeId.of(Addresses.address(text));
    } catch (Addresses.Malformed e) {
      int type = text.contains("@") ? IkeId.RFC822_ADDR : IkeId.FQDN;
      return new IkeId(type, text.getBytes(StandardCharsets.UTF_8));
    }
  }
}
