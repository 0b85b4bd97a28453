package dev.twinspan.agent.bgp.message;

/**
 * Why a message ends the session.
 *
 * @param answer what RFC 4271 section 6 wants told to the peer
 * @param sentence the value seen and the one expected
 */
public record DecodeError(Notification answer, String sentence) {}
