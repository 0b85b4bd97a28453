package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.crypto.SignatureHash;
import java.util.List;

/**
 * What IKE_SA_INIT leaves for IKE_AUTH (RFC 7296 section 2.15).
 *
 * @param initRequest the last request as sent, with its COOKIE
 * @param initResponse as sent
 * @param peerHashes what the peer takes in signatures (RFC 7427 section 4); empty: not said
 */
record Handshake(
    byte[] initRequest,
    byte[] initResponse,
    byte[] ni,
    byte[] nr,
    List<SignatureHash> peerHashes) {}
