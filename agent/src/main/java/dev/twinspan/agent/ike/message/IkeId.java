package dev.twinspan.agent.ike.message;

/**
 * An identity (RFC 7296 section 3.5).
 *
 * @param type 1 ID_IPV4_ADDR, 2 ID_FQDN, 3 ID_RFC822_ADDR, 5 ID_IPV6_ADDR, 9 ID_DER_ASN1_DN, 11
 *     ID_KEY_ID
 */
public record IkeId(int type, byte[] data) {}
