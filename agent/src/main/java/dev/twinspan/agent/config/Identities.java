package dev.twinspan.agent.config;

import dev.twinspan.agent.ike.message.IkeId;
import java.nio.charset.StandardCharsets;

/** Identities as people write them (RFC 7296 section 3.5). */
final class Identities {
  private Identities() {}

  /** An address, {@code user@host}, or else a host name. */
  static IkeId of(String text) {
    try {
      return IkeId.of(Addresses.address(text));
    } catch (Addresses.Malformed e) {
      int type = text.contains("@") ? IkeId.RFC822_ADDR : IkeId.FQDN;
      return new IkeId(type, text.getBytes(StandardCharsets.UTF_8));
    }
  }
}
