package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.DecodeError;
import dev.twinspan.agent.ike.message.NotifyType;
import java.net.InetAddress;
import java.util.List;

/**
 * The ordinary course of a tunnel, in words. What went wrong in a handshake is in {@link Faults}.
 */
final class Reasons {
  private Reasons() {}

  static IkeReason connecting(IkePeer peer) {
    return IkeReason.of("connecting", "opening an IKE SA with " + text(peer.remote()));
  }

  static IkeReason waiting(IkePeer peer) {
    return IkeReason.of(
        "waiting-for-peer",
        text(peer.remote()) + " is to open the IKE SA: connection-mode is ResponderOnly");
  }

  static IkeReason established(IkePeer peer, IkeSa sa) {
    return IkeReason.of(
        "established",
        "%s with %s, IKE %s, ESP %s"
            .formatted(
                sa.initiator() ? "opened by us" : "opened by the peer",
                text(sa.path().remote().getAddress()),
                SuiteNames.of(sa.suite()),
                sa.path().udpEncapsulated() ? "in UDP 4500" : "as IP protocol 50"));
  }

  static IkeReason childRekeyed() {
    return IkeReason.of("rekeyed", "the CHILD SA was replaced by a fresh one");
  }

  static IkeReason ikeRekeyed() {
    return IkeReason.of("rekeyed", "the IKE SA was replaced by a fresh one");
  }

  static IkeReason rekeyRefused(String what, String error) {
    return IkeReason.of(
        "rekey-refused",
        "the peer refused to replace the %s (%s); tried again until its lifetime ends"
            .formatted(what, error));
  }

  static IkeReason peerDeleted(IkePeer peer) {
    return IkeReason.of("peer-deleted", text(peer.remote()) + " deleted the IKE SA");
  }

  static IkeReason peerDeletedChild(IkePeer peer) {
    return IkeReason.of("child-deleted", text(peer.remote()) + " deleted the CHILD SA");
  }

  static IkeReason childLost() {
    return IkeReason.of("child-lost", "the peer does not have the CHILD SA any more");
  }

  static IkeReason pairWanted() {
    return IkeReason.of("pair-wanted", "its CHILD SA is being negotiated");
  }

  static IkeReason pairLost(IkePeer.Pair pair) {
    return IkeReason.of(
        "pair-lost", "the CHILD SA of %s is gone; asked for again".formatted(text(pair)));
  }

  static IkeReason pairRefused(IkePeer peer, IkePeer.Pair pair, int notifyType) {
    String what =
        "%s refuses %s (%s)".formatted(Faults.who(peer), text(pair), NotifyType.name(notifyType));
    return switch (notifyType) {
      case NotifyType.TS_UNACCEPTABLE ->
          IkeReason.of(
              "pair-refused",
              what + ": make traffic-selectors mirror the peer's, or take the pair out");
      case NotifyType.NO_PROPOSAL_CHOSEN ->
          IkeReason.of(
              "pair-refused", what + ": compare ipsecEncryption, ipsecIntegrity and pfsGroup");
      case NotifyType.NO_ADDITIONAL_SAS ->
          IkeReason.of("pair-refused", what + ": it takes no more CHILD SAs on one IKE SA");
      default -> IkeReason.of("pair-refused", what);
    };
  }

  private static String text(IkePeer.Pair pair) {
    return SelectorNarrowing.words(List.of(pair.local()))
        + " to "
        + SelectorNarrowing.words(List.of(pair.remote()));
  }

  static IkeReason livenessTimeout(IkePeer peer) {
    return IkeReason.of(
        "liveness-timeout",
        "no answer from %s for %d s: more than dpd-timeout allows"
            .formatted(text(peer.remote()), peer.livenessTimeout().toSeconds()));
  }

  static IkeReason drained() {
    return IkeReason.of(
        "drained-by-operator",
        "the tunnel was drained by command: its flows moved, its SAs were deleted; twinspan tunnel"
            + " undrain opens it again");
  }

  static IkeReason undrained() {
    return IkeReason.of("undrained-by-operator", "the tunnel is opened again by command");
  }

  static IkeReason reset() {
    return IkeReason.of("reset-by-operator", "deleted and opened again on the operator's order");
  }

  static IkeReason reconfigured() {
    return IkeReason.of("reconfigured", "the tunnel's settings changed");
  }

  static IkeReason removed() {
    return IkeReason.of("removed", "the tunnel is not configured any more");
  }

  static IkeReason shutDown() {
    return IkeReason.of("shut-down", "this box goes down");
  }

  static IkeReason lifetimeExpired(String what) {
    return IkeReason.of(
        "lifetime-expired", "the " + what + " reached the end of its lifetime without a successor");
  }

  static IkeReason childless() {
    return IkeReason.of("childless", "the IKE SA was left without a CHILD SA");
  }

  static IkeReason replaced() {
    return IkeReason.of("replaced", "another IKE SA took over");
  }

  static IkeReason rekeyCollision() {
    return IkeReason.of("rekey-collision", "both sides rekeyed at once, and ours yields");
  }

  static IkeReason initialContact() {
    return IkeReason.of("initial-contact", "the peer started afresh and knows no older IKE SA");
  }

  static IkeReason surplus() {
    return IkeReason.of("duplicate-closed", "a parallel IKE SA with the same peer stays");
  }

  static IkeReason superseded() {
    return IkeReason.of("superseded", "the peer's own IKE SA was there first");
  }

  static IkeReason tooMany() {
    return IkeReason.of(
        "too-many",
        "more than "
            + Timing.SAS_PER_PEER
            + " IKE SAs with one peer, which the peer has opened beside each other: the one that"
            + " was heard of longest ago goes, and others are refused for a while; keep the peer"
            + " from opening again what is closed");
  }

  static IkeReason deleted() {
    return IkeReason.of("deleted", "deleted by us");
  }

  /** Why a CHILD SA of ours was deleted. */
  static IkeReason ofCode(String code) {
    return IkeReason.of(code, "the CHILD SA was deleted: " + code);
  }

  static IkeReason deleteUnanswered() {
    return IkeReason.of("delete-unanswered", "the peer did not answer our DELETE");
  }

  static IkeReason internalFault() {
    return IkeReason.of(
        "internal-fault",
        "a fault of this program ended the IKE SA: please report it with the log around this line");
  }

  static IkeReason notAuthenticated() {
    return IkeReason.of("authentication-failed", "the peer could not prove who it is");
  }

  static IkeReason refusedByPeer(IkePeer peer) {
    return IkeReason.of(
        "peer-deleted", text(peer.remote()) + " ended the IKE SA with AUTHENTICATION_FAILED");
  }

  static IkeReason brokenMessage(DecodeError error) {
    return IkeReason.of(
        "invalid-syntax", "the peer sent a message that breaks RFC 7296: " + error.sentence());
  }

  static IkeReason unusableAnswer(String what) {
    return IkeReason.of(
        "unusable-answer", "the peer answered CREATE_CHILD_SA with " + what + ": starting over");
  }

  static String text(InetAddress address) {
    return address.getHostAddress();
  }
}
