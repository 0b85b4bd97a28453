package dev.twinspan.datapath;

/**
 * Why a packet was not passed on. Every packet that ends in the datapath is counted under exactly
 * one of these, in the direction's total and, where they are known, in its tunnel and SA.
 */
public enum DropReason {
  // LAN → WAN
  LAN_MALFORMED("packet from the LAN with an impossible IP header or length"),
  NO_ROUTE("no route carries this destination"),
  NO_TUNNEL("the route has no usable tunnel left"),
  NO_OUTBOUND_SA("the tunnel has no outbound SA yet"),
  OUTBOUND_POLICY("packet from the LAN outside the negotiated traffic selectors"),
  PACKET_TOO_BIG("larger than the tunnel's MTU and not to be fragmented; the sender was told"),
  PACKET_TOO_BIG_SILENT("larger than the tunnel's MTU; the sender was not told: rate limit"),
  SEQUENCE_EXHAUSTED("the SA's sequence numbers are used up; it must be rekeyed (RFC 4303 3.3.3)"),
  BYTES_EXHAUSTED(
      "the SA has carried as many bytes as it may; it must be rekeyed (RFC 4301 4.4.2.1)"),
  HAND_OFF_FULL("the loop that owns the packet's tunnel was behind, and the way to it was full"),
  ENCRYPT_FAILED("the crypto back-end refused the packet"),
  SEND_QUEUE_FULL("the socket's send queue was full (EAGAIN, ENOBUFS)"),
  SEND_FAILED("the kernel refused to send; see the tunnel's last send error"),

  // WAN → LAN
  DATAGRAM_TOO_SHORT("datagram shorter than any ESP packet"),
  NAT_KEEPALIVE("NAT keepalive, nothing in it (RFC 3948 2.3)"),
  IKE_TOO_LONG("IKE datagram longer than any honest one"),
  IKE_QUEUE_FULL("the queue of IKE datagrams was full"),
  UNKNOWN_SPI("ESP packet for no SA of ours"),
  EARLY_ESP("ESP on an SA still under negotiation, held in vain: too much of it, or for too long"),
  REPLAYED("sequence number seen before (RFC 4303 3.4.3)"),
  BEFORE_WINDOW("sequence number older than the replay window"),
  AUTHENTICATION_FAILED("integrity check failed"),
  BAD_ESP_LENGTH("ESP packet of an impossible length"),
  BAD_PADDING("ESP padding not 1, 2, 3 … or longer than the packet (RFC 4303 2.4)"),
  DECRYPT_FAILED("the crypto back-end refused the packet"),
  DUMMY("dummy packet, next header 59 (RFC 4303 2.6)"),
  WRONG_NEXT_HEADER("ESP next header is not the inner packet's IP version"),
  INNER_MALFORMED("inner packet with an impossible IP header or length"),
  INBOUND_POLICY("inner packet outside the negotiated traffic selectors"),
  ECN_NOT_CAPABLE("congestion mark on a packet of a flow without ECN (RFC 6040 4.2)"),
  TUN_QUEUE_FULL("the TUN took no more (EAGAIN, ENOBUFS)"),
  TUN_WRITE_FAILED("the kernel refused the packet at the TUN");

  private static final DropReason[] ALL = values();

  private final String words;

  DropReason(String words) {
    this.words = words;
  }

  /** One clause, for status and logs. */
  public String words() {
    return words;
  }

  /** Part of normal life: nothing is lost that anybody sent for its content. */
  public boolean expected() {
    return this == NAT_KEEPALIVE || this == DUMMY;
  }

  /** How many there are. */
  public static int count() {
    return ALL.length;
  }
}
