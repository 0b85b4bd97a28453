package dev.twinspan.agent.ike.message;

/**
 * Payload type numbers (IANA registry <a
 * href="https://www.iana.org/assignments/ikev2-parameters/ikev2-parameters.xhtml#ikev2-parameters-2">"IKEv2
 * Payload Types"</a>).
 */
final class PayloadType {
  static final int NONE = 0;
  static final int SA = 33;
  static final int KE = 34;
  static final int ID_I = 35;
  static final int ID_R = 36;
  static final int CERT = 37;
  static final int CERTREQ = 38;
  static final int AUTH = 39;
  static final int NONCE = 40;
  static final int NOTIFY = 41;
  static final int DELETE = 42;
  static final int VENDOR_ID = 43;
  static final int TS_I = 44;
  static final int TS_R = 45;
  static final int SK = 46;

  /** Encrypted and Authenticated Fragment, RFC 7383. */
  static final int SKF = 53;

  private PayloadType() {}

  static int of(Payload payload) {
    return switch (payload) {
      case Payload.SecurityAssociation _ -> SA;
      case Payload.KeyExchange _ -> KE;
      case Payload.Identification id -> id.initiator() ? ID_I : ID_R;
      case Payload.Certificate _ -> CERT;
      case Payload.CertificateRequest _ -> CERTREQ;
      case Payload.Authentication _ -> AUTH;
      case Payload.Nonce _ -> NONCE;
      case Payload.Notify _ -> NOTIFY;
      case Payload.Delete _ -> DELETE;
      case Payload.VendorId _ -> VENDOR_ID;
      case Payload.TrafficSelectors ts -> ts.initiator() ? TS_I : TS_R;
      case Payload.Unknown unknown -> unknown.type();
    };
  }

  /**
   * Whether a message holds at most one of these (the exchanges of RFC 7296 section 1 and appendix
   * C). A second one is refused here, so that no reader can take the first for the other.
   */
  static boolean isSingle(int type) {
    return switch (type) {
      case SA, KE, ID_I, ID_R, AUTH, NONCE, TS_I, TS_R -> true;
      default -> false;
    };
  }

  static boolean isKnown(int type) {
    return type >= SA && type <= TS_R;
  }

  /** The name as RFC 7296 section 3.2 has it. */
  static String name(int type) {
    return switch (type) {
      case NONE -> "none";
      case SA -> "SA";
      case KE -> "KE";
      case ID_I -> "IDi";
      case ID_R -> "IDr";
      case CERT -> "CERT";
      case CERTREQ -> "CERTREQ";
      case AUTH -> "AUTH";
      case NONCE -> "Nonce";
      case NOTIFY -> "N";
      case DELETE -> "D";
      case VENDOR_ID -> "V";
      case TS_I -> "TSi";
      case TS_R -> "TSr";
      case SK -> "SK";
      case 47 -> "CP";
      case 48 -> "EAP";
      case SKF -> "SKF";
      default -> "payload " + type;
    };
  }
}
