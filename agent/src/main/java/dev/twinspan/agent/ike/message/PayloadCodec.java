package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * The body of each payload, behind its generic header. The longer ones have a codec of their own:
 * {@link ProposalCodec}, {@link SelectorCodec}, {@link NotifyCodec}.
 */
final class PayloadCodec {
  /** RFC 7296 section 3.9. */
  private static final int NONCE_MIN = 16;

  private static final int NONCE_MAX = 256;

  private PayloadCodec() {}

  /**
   * @param type one that {@link PayloadType#isKnown}
   */
  static Payload decode(int type, WireReader in) throws Malformed {
    return switch (type) {
      case PayloadType.SA -> new Payload.SecurityAssociation(ProposalCodec.decode(in));
      case PayloadType.KE -> keyExchange(in);
      case PayloadType.ID_I, PayloadType.ID_R -> identification(in, type == PayloadType.ID_I);
      case PayloadType.CERT -> new Payload.Certificate(in.u8(), in.rest());
      case PayloadType.CERTREQ -> new Payload.CertificateRequest(in.u8(), in.rest());
      case PayloadType.AUTH -> authentication(in);
      case PayloadType.NONCE -> nonce(in);
      case PayloadType.NOTIFY -> NotifyCodec.decode(in);
      case PayloadType.DELETE -> delete(in);
      case PayloadType.VENDOR_ID -> new Payload.VendorId(in.rest());
      case PayloadType.TS_I, PayloadType.TS_R ->
          new Payload.TrafficSelectors(type == PayloadType.TS_I, SelectorCodec.decode(in));
      default -> throw new IllegalArgumentException("not a known payload type: " + type);
    };
  }

  static void encode(WireWriter out, Payload payload) {
    switch (payload) {
      case Payload.SecurityAssociation sa -> ProposalCodec.encode(out, sa.proposals());
      case Payload.KeyExchange ke -> out.u16(ke.group()).u16(0).bytes(ke.data());
      case Payload.Identification id -> out.u8(id.id().type()).zeros(3).bytes(id.id().data());
      case Payload.Certificate cert -> out.u8(cert.encoding()).bytes(cert.data());
      case Payload.CertificateRequest req -> out.u8(req.encoding()).bytes(req.authorities());
      case Payload.Authentication auth -> out.u8(auth.method()).zeros(3).bytes(auth.data());
      case Payload.Nonce nonce -> out.bytes(nonce.data());
      case Payload.Notify notify -> NotifyCodec.encode(out, notify);
      case Payload.Delete delete -> encode(out, delete);
      case Payload.VendorId vendor -> out.bytes(vendor.data());
      case Payload.TrafficSelectors ts -> SelectorCodec.encode(out, ts.selectors());
      case Payload.Unknown unknown -> out.bytes(unknown.body());
    }
  }

  /**
   * Section 3.4. Whether the data's length fits the group is for {@code IkeCrypto.agree} to say,
   * which knows the groups.
   *
   * <pre>
   * |   Diffie-Hellman Group Num    |           RESERVED            |
   * |                       Key Exchange Data                       ~
   * </pre>
   */
  private static Payload keyExchange(WireReader in) throws Malformed {
    int group = in.u16();
    in.skip(2);
    return new Payload.KeyExchange(group, in.rest());
  }

  /**
   * Section 3.5.
   *
   * <pre>
   * |   ID Type     |                 RESERVED                      |
   * |                   Identification Data                         ~
   * </pre>
   */
  private static Payload identification(WireReader in, boolean initiator) throws Malformed {
    int type = in.u8();
    in.skip(3);
    int expected =
        switch (type) {
          case IkeId.IPV4_ADDR -> 4;
          case IkeId.IPV6_ADDR -> 16;
          default -> in.remaining();
        };
    if (in.remaining() != expected) {
      throw Malformed.syntax(
          "length of an identity of type " + type, in.remaining(), "" + expected);
    }
    return new Payload.Identification(initiator, new IkeId(type, in.rest()));
  }

  /**
   * Section 3.8.
   *
   * <pre>
   * | Auth Method   |                RESERVED                       |
   * |                      Authentication Data                      ~
   * </pre>
   */
  private static Payload authentication(WireReader in) throws Malformed {
    int method = in.u8();
    in.skip(3);
    return new Payload.Authentication(method, in.rest());
  }

  /** Section 3.9: nothing but the nonce. */
  private static Payload nonce(WireReader in) throws Malformed {
    int length = in.remaining();
    if (length < NONCE_MIN || length > NONCE_MAX) {
      throw Malformed.syntax("length of Nonce", length, NONCE_MIN + " to " + NONCE_MAX);
    }
    return new Payload.Nonce(in.rest());
  }

  /**
   * Section 3.11. The IKE SA that a message deletes is the one it runs over: no SPI. AH and ESP
   * name theirs in 4 bytes each.
   *
   * <pre>
   * | Protocol ID   |   SPI Size    |          Num of SPIs          |
   * |               Security Parameter Index(es) (SPI)              ~
   * </pre>
   */
  private static Payload delete(WireReader in) throws Malformed {
    int protocol = in.u8();
    int spiSize = in.u8();
    int count = in.u16();
    int expected = protocol == Proposal.PROTOCOL_IKE ? 0 : 4;
    if (spiSize != expected) {
      throw Malformed.syntax("SPI size of D for protocol " + protocol, spiSize, "" + expected);
    }
    if (spiSize == 0 && count != 0) {
      throw Malformed.syntax("number of SPIs of D for the IKE SA", count, "0");
    }
    Malformed.limit("SPIs in D", count, Limits.SPIS);
    List<byte[]> spis = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      spis.add(in.bytes(spiSize));
    }
    if (in.hasRemaining()) {
      throw Malformed.syntax("bytes behind the SPIs of D", in.remaining(), "none");
    }
    return new Payload.Delete(protocol, List.copyOf(spis));
  }

  private static void encode(WireWriter out, Payload.Delete delete) {
    int spiSize = delete.protocol() == Proposal.PROTOCOL_IKE ? 0 : 4;
    out.u8(delete.protocol()).u8(spiSize).u16(delete.spis().size());
    for (byte[] spi : delete.spis()) {
      if (spi.length != spiSize) {
        throw new IllegalArgumentException("SPI of " + spi.length + " bytes in D");
      }
      out.bytes(spi);
    }
  }
}
