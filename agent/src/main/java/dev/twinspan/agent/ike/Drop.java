package dev.twinspan.agent.ike;

import java.util.Locale;

/** Why a datagram was thrown away without an effect. */
enum Drop {
  /** Not an IKE message: header or payloads do not decode. */
  MALFORMED,
  /** IKE_SA_INIT from an address no peer is configured for. */
  UNKNOWN_PEER,
  /** IKE_SA_INIT from a peer that is not to open: its role is INITIATE_ONLY, or it is paused. */
  PEER_NOT_TO_OPEN,
  /** IKE_SA_INIT over the half-open limit. */
  HALF_OPEN_LIMIT,
  /** Too many IKE_SA_INIT from one address within a second. */
  RATE_LIMITED,
  /** The oldest half-open IKE SA of an address made room for its next. */
  HALF_OPEN_REPLACED,
  /** No IKE_AUTH came. */
  HALF_OPEN_EXPIRED,
  /** An IKE_SA_INIT without the COOKIE that was asked for was answered with COOKIE. */
  COOKIE_DEMANDED,
  /** A cookie that is not ours. */
  COOKIE_WRONG,
  /** IKE_AUTH that does not prove what it should; answered AUTHENTICATION_FAILED. */
  NOT_AUTHENTICATED,
  /** IKE_AUTH of a peer that has as many IKE SAs as it may; answered TEMPORARY_FAILURE. */
  TOO_MANY_SAS,
  /** A Diffie-Hellman share off the curve or out of range; its half-open IKE SA went. */
  UNUSABLE_KEY_SHARE,
  /** No IKE SA with that SPI. */
  UNKNOWN_SPI,
  /** Flags or the other SPI do not fit the IKE SA. */
  HEADER_MISMATCH,
  /** The ICV is wrong, or nothing in the message is protected. */
  UNAUTHENTICATED,
  /** A request older than the last one answered. */
  OLD_MESSAGE_ID,
  /** A request beyond the window of one. */
  BEYOND_WINDOW,
  /** A response to nothing outstanding. */
  UNEXPECTED_RESPONSE,
  /**
   * An IKE_SA_INIT response that cannot be meant: another address, another group, nothing chosen.
   */
  UNUSABLE_RESPONSE,
  /** An exchange that makes no sense in the IKE SA's state. */
  UNEXPECTED_EXCHANGE,
  /** A fragment although fragmentation was not negotiated. */
  FRAGMENT_NOT_NEGOTIATED,
  /** A fragment that is there already, or of a request answered already. */
  FRAGMENT_REPEATED,
  /** Fragments of a message that also came in more, smaller ones. */
  FRAGMENT_OUTDATED,
  /** A message of more fragments or bytes than are kept. */
  FRAGMENT_LIMIT,
  /** A message whose other fragments did not come in time. */
  FRAGMENT_EXPIRED,
  /** A message of an unproven peer whose fragments made room for others. */
  FRAGMENT_EVICTED,
  /** A NAT keepalive that came to the engine. */
  KEEPALIVE,
  /** Told outside of any IKE SA that the peer does not have an SA of ours: it is asked. */
  HINT_TAKEN,
  /** A fault of this program while it dealt with the message; the IKE SA was ended. */
  INTERNAL_FAULT,
  /** Anything after shutdown. */
  SHUT_DOWN;

  /** As it stands in metrics: {@code unknown-spi}. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
