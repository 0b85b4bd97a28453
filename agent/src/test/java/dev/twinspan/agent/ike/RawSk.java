package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeHeader;
import java.nio.ByteBuffer;

/** Messages no encoder makes, properly sealed. */
final class RawSk {
  private RawSk() {}

  /** An unknown payload marked critical. */
  static byte[] critical(ScriptedPeer peer, int messageId) {
    return sealed(peer, messageId, 99, new byte[] {0, (byte) 0x80, 0, 6, 1, 2});
  }

  /** A notification that is cut short. */
  static byte[] broken(ScriptedPeer peer, int messageId) {
    return sealed(peer, messageId, 41, new byte[] {0, 0, 0, 6, 0, 0});
  }

  private static byte[] sealed(ScriptedPeer peer, int messageId, int firstType, byte[] payloads) {
    byte[] plaintext = java.util.Arrays.copyOf(payloads, payloads.length + 1); // pad length 0
    int length = IkeHeader.LENGTH + 4 + 8 + plaintext.length + 16;
    byte[] head =
        ByteBuffer.allocate(IkeHeader.LENGTH + 4)
            .putLong(peer.initiatorSpi)
            .putLong(peer.responderSpi)
            .put((byte) 46)
            .put((byte) 0x20)
            .put((byte) ExchangeType.INFORMATIONAL.code())
            .put((byte) 0x08)
            .putInt(messageId)
            .putInt(length)
            .put((byte) firstType)
            .put((byte) 0)
            .putShort((short) (length - IkeHeader.LENGTH))
            .array();
    byte[] iv = {0x77, 0, 0, 0, 0, 0, 0, 1};
    byte[] body = peer.crypto.seal(peer.keys().initiator(), head, iv, plaintext);
    return ByteBuffer.allocate(length).put(head).put(body).array();
  }
}
