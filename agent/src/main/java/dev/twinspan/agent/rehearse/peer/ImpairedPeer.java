package dev.twinspan.agent.rehearse.peer;

import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.message.IkeId;
import org.jspecify.annotations.Nullable;

/**
 * A peer that misbehaves on command ({@link Misdeed}): it knows a pre-shared key, so that what it
 * says is authentic where it wants to be. Sans-I/O: whoever drives it hands in the wire.
 */
public final class ImpairedPeer {
  /** To the peer under test. */
  public interface Wire {
    void send(byte[] datagram);

    /** The next answer, for which a moment is waited; null: none came. */
    byte @Nullable [] receive();
  }

  private final Wire wire;
  private final IkeCrypto crypto;
  private final IkeId ownId;
  private final byte[] secret;

  /**
   * @param ownId what it calls itself
   * @param secret pre-shared key
   */
  public ImpairedPeer(Wire wire, IkeCrypto crypto, IkeId ownId, byte[] secret) {
    this.wire = wire;
    this.crypto = crypto;
    this.ownId = ownId;
    this.secret = secret.clone();
  }

  public void commit(Misdeed misdeed) {
    misdeed.run(this);
  }

  /** A new handshake. */
  ImpairedSession session() {
    return new ImpairedSession(wire, crypto, ownId, secret);
  }
}
