package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.util.List;

/**
 * NAT detection, RFC 7296 section 2.23: each side sends {@code SHA-1(SPIi | SPIr | address | port)}
 * of both ends as it sees them.
 */
final class NatDetection {
  private NatDetection() {}

  /**
   * What the peer's hashes say.
   *
   * @param supported the peer sent both notifications
   * @param here our address or port is translated on the way
   * @param there the peer's is
   */
  record Result(boolean supported, boolean here, boolean there) {}

  /**
   * The two notifications of our own message.
   *
   * @param hideSource send a source hash that fits nothing, so that the peer sees a NAT in front of
   *     us and encapsulates; needed too for a wildcard {@code local}, whose hash nobody can know
   */
  static List<Payload> notifications(
      IkeCrypto crypto,
      long initiatorSpi,
      long responderSpi,
      InetSocketAddress local,
      InetSocketAddress remote,
      boolean hideSource) {
    byte[] source =
        hideSource ? crypto.random(20) : hash(crypto, initiatorSpi, responderSpi, local);
    return List.of(
        Payloads.notify(NotifyType.NAT_DETECTION_SOURCE_IP, source),
        Payloads.notify(
            NotifyType.NAT_DETECTION_DESTINATION_IP,
            hash(crypto, initiatorSpi, responderSpi, remote)));
  }

  /** Compares the peer's hashes with where its message came from and where it came to. */
  static Result evaluate(
      IkeCrypto crypto,
      List<Payload> payloads,
      long initiatorSpi,
      long responderSpi,
      InetSocketAddress local,
      InetSocketAddress remote) {
    boolean sourceSeen = false;
    boolean sourceFits = false;
    boolean destinationSeen = false;
    boolean destinationFits = false;
    byte[] remoteHash = hash(crypto, initiatorSpi, responderSpi, remote);
    byte[] localHash = hash(crypto, initiatorSpi, responderSpi, local);
    for (Payload payload : payloads) {
      if (!(payload instanceof Payload.Notify notify)) {
        continue;
      }
      if (notify.type() == NotifyType.NAT_DETECTION_SOURCE_IP) {
        sourceSeen = true; // may come several times, for several addresses of the peer
        sourceFits |= MessageDigest.isEqual(remoteHash, notify.data());
      } else if (notify.type() == NotifyType.NAT_DETECTION_DESTINATION_IP) {
        destinationSeen = true;
        destinationFits |= MessageDigest.isEqual(localHash, notify.data());
      }
    }
    boolean supported = sourceSeen && destinationSeen;
    return new Result(supported, supported && !destinationFits, supported && !sourceFits);
  }

  private static byte[] hash(
      IkeCrypto crypto, long initiatorSpi, long responderSpi, InetSocketAddress end) {
    int port = end.getPort();
    return crypto.sha1(
        Payloads.spi(initiatorSpi),
        Payloads.spi(responderSpi),
        end.getAddress().getAddress(),
        new byte[] {(byte) (port >>> 8), (byte) port});
  }
}
