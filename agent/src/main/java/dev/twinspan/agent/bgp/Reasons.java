package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.DecodeError;
import dev.twinspan.agent.bgp.message.Notification;

/** The sentences of transitions. */
final class Reasons {
  private Reasons() {}

  static BgpReason starting() {
    return new BgpReason("starting", "not spoken to yet");
  }

  static BgpReason dialling(BgpPeer peer) {
    return new BgpReason("dialling", "connecting to " + peer.remote().getHostAddress());
  }

  static BgpReason tunnelDown() {
    return new BgpReason("tunnel-down", "the tunnel to the peer is not up");
  }

  static BgpReason listening() {
    return new BgpReason("listening", "waiting for the peer to connect");
  }

  static BgpReason connectFailed(String why) {
    return new BgpReason("connect-failed", "the connection could not be made: " + why);
  }

  static BgpReason connectTimedOut() {
    return new BgpReason("connect-failed", "the connection was not answered within 5 s");
  }

  static BgpReason connected(boolean dialled) {
    return new BgpReason("connected", dialled ? "connected, by us" : "connected, by the peer");
  }

  static BgpReason openAccepted(long asn, int hold) {
    return new BgpReason("open-accepted", "AS %d, hold time %d s".formatted(asn, hold));
  }

  static BgpReason established() {
    return new BgpReason("established", "the session is up");
  }

  static BgpReason replaced() {
    return new BgpReason(
        "peer-restarted", "the peer opened a fresh session; the old one was dead and is replaced");
  }

  static BgpReason noOpen() {
    return new BgpReason("no-open", "connected, but the peer sent no OPEN within 30 s");
  }

  static BgpReason holdExpired(int seconds) {
    return new BgpReason("hold-expired", "nothing came from the peer for %d s".formatted(seconds));
  }

  static BgpReason connectionLost(String why) {
    return new BgpReason("connection-lost", "the connection was lost: " + why);
  }

  static BgpReason received(Notification notification) {
    boolean cease = notification.code() == Notification.CEASE;
    return new BgpReason(
        cease ? BgpReason.CEASE_RECEIVED : "notification-received",
        "the peer says " + notification.sentence());
  }

  static BgpReason malformed(DecodeError error) {
    return new BgpReason(
        "malformed-message", "%s; answered %s".formatted(error.sentence(), error.answer().name()));
  }

  static BgpReason unexpected(String message, BgpState state) {
    return new BgpReason(
        "unexpected-message", "%s is not expected in state %s".formatted(message, state));
  }

  static BgpReason wrongAs(long seen, long expected) {
    return new BgpReason(
        "wrong-asn",
        "the peer is AS %d, expected %d: correct the instance's ASN, or that of the gateway"
            .formatted(seen, expected));
  }

  static BgpReason sameIdentifier() {
    return new BgpReason(
        "same-identifier",
        "the peer in our own AS has our BGP Identifier: give one of them another router-address");
  }

  static BgpReason noCommonFamily() {
    return new BgpReason(
        "no-common-family", "the peer speaks neither IPv4 unicast nor IPv6 unicast as we do");
  }

  static BgpReason collision() {
    return new BgpReason("collision", "both sides connected at once; the other connection goes on");
  }

  static BgpReason stale(int prefixes) {
    return new BgpReason(
        BgpReason.STALE_ROUTES,
        "%d prefixes that the peer announced before it began anew were not announced again in time and are no longer used"
            .formatted(prefixes));
  }

  static BgpReason retained(int prefixes, long seconds) {
    return new BgpReason(
        BgpReason.GRACEFUL_RESTART,
        "%d prefixes of the peer stay in use for up to %d s: it forwards while it restarts, by its own word"
            .formatted(prefixes, seconds));
  }

  static BgpReason overrun(BgpPeer peer) {
    return new BgpReason(
        "prefix-limit",
        "the peer announced more than %d prefixes: raise bgp.max-prefixes or let it aggregate"
            .formatted(peer.maxPrefixes()));
  }

  static BgpReason nearLimit(int count, BgpPeer peer) {
    return new BgpReason(
        "prefix-limit-near",
        "the peer announced %d prefixes, 80 %% of the %d allowed by bgp.max-prefixes"
            .formatted(count, peer.maxPrefixes()));
  }
}
