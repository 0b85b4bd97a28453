package dev.twinspan.agent.ike;

/**
 * What IKE_SA_INIT leaves for IKE_AUTH (RFC 7296 section 2.15).
 *
 * @param initRequest the last request as sent, with its COOKIE
 * @param initResponse as sent
 */
record Handshake(byte[] initRequest, byte[] initResponse, byte[] ni, byte[] nr) {}
