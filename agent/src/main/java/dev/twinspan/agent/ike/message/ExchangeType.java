package dev.twinspan.agent.ike.message;

/** Exchange types of RFC 7296 section 3.1 (IANA registry "IKEv2 Exchange Types"). */
public enum ExchangeType {
  IKE_SA_INIT(34),
  IKE_AUTH(35),
  CREATE_CHILD_SA(36),
  INFORMATIONAL(37);

  private final int code;

  ExchangeType(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
