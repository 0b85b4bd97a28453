package dev.twinspan.agent.doctor;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What can be the matter. Each has its section in {@code causes.md}; of findings of one severity
 * the cause that stands first here is told first, because the later ones may follow from it.
 */
public enum Cause {
  // Of this box.
  CLOCK_WRONG,
  FORWARDING_OFF,
  CERTIFICATE_TIME,
  // Of one tunnel.
  PEER_UNREACHABLE,
  UDP_500_BLOCKED,
  UDP_4500_BLOCKED,
  ESP_BLOCKED,
  PSK_MISMATCH,
  WRONG_IDENTITY,
  CERTIFICATE_REFUSED,
  PROPOSAL_MISMATCH,
  SELECTOR_MISMATCH,
  TUNNEL_DOWN,
  PATH_MTU,
  // Inside a tunnel.
  BGP_ASN,
  BGP_REFUSED,
  BGP_ADDRESS_PAIR,
  BGP_UNANSWERED,
  BGP_PREFIX_LIMIT,
  BGP_DOWN,
  REVERSE_PATH,
  FIREWALL_DROPS,
  DAMAGED_PACKETS,
  LOSSY_PATH,
  // It works, at a price.
  LRO_ON,
  OFFLOAD_REFUSED,
  SLOW_CRYPTO,
  // Nobody is told.
  FLEET_REFUSED,
  FLEET_UNTRUSTED,
  FLEET_UNREACHABLE,
  // What explains the past, or is as it should be.
  GATEWAY_RESET,
  MAINTENANCE,
  TAKEN_OUT,
  BEHIND_NAT;

  /** For machines, and the heading of its section: {@code psk-mismatch}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public static Optional<Cause> of(String code) {
    return Stream.of(values()).filter(cause -> cause.code().equals(code)).findFirst();
  }
}
