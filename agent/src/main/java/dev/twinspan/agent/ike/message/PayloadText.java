package dev.twinspan.agent.ike.message;

import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A payload in words, for a trace that people read and may send on: names instead of numbers, and
 * of key shares, nonces, proofs, cookies and certificates no more than their length.
 */
public final class PayloadText {
  /** A peer decides how much it sends; a line has an end. */
  private static final int LONGEST = 400;

  private PayloadText() {}

  public static String of(Payload payload) {
    String text =
        switch (payload) {
          case Payload.SecurityAssociation sa -> "SA(" + proposals(sa.proposals()) + ")";
          case Payload.KeyExchange ke ->
              "KE(%s, %d B)".formatted(group(ke.group()), ke.data().length);
          case Payload.Identification id -> (id.initiator() ? "IDi(" : "IDr(") + id.id() + ")";
          case Payload.Certificate c ->
              "CERT(encoding %d, %d B)".formatted(c.encoding(), c.data().length);
          case Payload.CertificateRequest c ->
              "CERTREQ(encoding %d, %d B)".formatted(c.encoding(), c.authorities().length);
          case Payload.Authentication a ->
              "AUTH(%s, %d B)".formatted(method(a.method()), a.data().length);
          case Payload.Nonce nonce -> "Nonce(%d B)".formatted(nonce.data().length);
          case Payload.Notify notify -> notify(notify);
          case Payload.Delete delete -> delete(delete);
          case Payload.VendorId vendor -> "V(%d B)".formatted(vendor.data().length);
          case Payload.TrafficSelectors ts ->
              (ts.initiator() ? "TSi(" : "TSr(")
                  + ts.selectors().stream()
                      .map(PayloadText::selector)
                      .collect(Collectors.joining(", "))
                  + ")";
          case Payload.Unknown unknown ->
              "payload %d(%d B)".formatted(unknown.type(), unknown.body().length);
        };
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 1) + "…";
  }

  private static String proposals(List<Proposal> proposals) {
    return proposals.stream().map(PayloadText::proposal).collect(Collectors.joining(" | "));
  }

  private static String proposal(Proposal proposal) {
    String transforms =
        proposal.transforms().stream()
            .map(TransformNames::describe)
            .collect(Collectors.joining(", "));
    return "%s%s: %s"
        .formatted(
            protocol(proposal.protocol()),
            proposal.spi().length == 0 ? "" : " " + hex(proposal.spi()),
            transforms);
  }

  private static String protocol(int protocol) {
    return switch (protocol) {
      case Proposal.PROTOCOL_IKE -> "IKE";
      case Proposal.PROTOCOL_AH -> "AH";
      case Proposal.PROTOCOL_ESP -> "ESP";
      default -> "protocol " + protocol;
    };
  }

  private static String group(int id) {
    return TransformNames.describe(new Proposal.Transform(Proposal.Transform.DH, id, 0));
  }

  /** RFC 7296 section 3.8, RFC 7427. */
  private static String method(int method) {
    return switch (method) {
      case 1 -> "RSA signature";
      case 2 -> "shared key";
      case 14 -> "digital signature";
      default -> "method " + method;
    };
  }

  private static String notify(Payload.Notify notify) {
    String name = NotifyType.name(notify.type());
    if (notify.type() == NotifyType.INVALID_KE_PAYLOAD && notify.data().length == 2) {
      int wanted = (notify.data()[0] & 0xff) << 8 | notify.data()[1] & 0xff;
      return "N(%s: wants %s)".formatted(name, group(wanted));
    }
    return notify.spi().length == 0
        ? "N(" + name + ")"
        : "N(%s %s)".formatted(name, hex(notify.spi()));
  }

  private static String delete(Payload.Delete delete) {
    return "D(%s%s)"
        .formatted(
            protocol(delete.protocol()),
            delete.spis().stream().map(spi -> " " + hex(spi)).collect(Collectors.joining()));
  }

  private static String selector(TrafficSelector selector) {
    String ports =
        selector.startPort() == 0 && selector.endPort() == 65_535
            ? ""
            : " port %d-%d".formatted(selector.startPort(), selector.endPort());
    String protocol = selector.protocol() == 0 ? "" : " protocol " + selector.protocol();
    return "%s-%s%s%s"
        .formatted(
            selector.first().getHostAddress(), selector.last().getHostAddress(), protocol, ports);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
