package dev.twinspan.agent.ike.message;

/**
 * A piece of a message, authentic and decrypted (RFC 7383 section 2.5).
 *
 * @param header the same in all fragments of a message
 * @param firstPayload type of the message's first payload; means something in fragment number 1
 *     only
 * @param content its share of the message's payloads, without padding
 */
public record IkeFragment(IkeHeader header, Number number, int firstPayload, byte[] content) {
  /**
   * @param number 1 to {@code total}
   * @param total fragments of the message, 1 to 65535
   */
  public record Number(int number, int total) {}
}
