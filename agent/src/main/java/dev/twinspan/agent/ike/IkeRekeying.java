package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import dev.twinspan.agent.ike.crypto.KeyDerivation;
import java.util.Arrays;

/** The IKE SA that comes out of a rekey: RFC 7296 section 2.18. */
final class IkeRekeying {
  private IkeRekeying() {}

  /**
   * @param initiator whether we began the rekey: that decides the roles in the new IKE SA
   */
  record Terms(
      boolean initiator, long ownSpi, long peerSpi, IkeSuite suite, byte[] ni, byte[] nr) {}

  /**
   * Established, without CHILD SAs yet.
   *
   * @param secret g^ir of the exchange; zeroed here
   */
  static IkeSa successor(IkeContext context, IkeSa old, Terms terms, byte[] secret) {
    long initiatorSpi = terms.initiator() ? terms.ownSpi() : terms.peerSpi();
    long responderSpi = terms.initiator() ? terms.peerSpi() : terms.ownSpi();
    Channel channel = new Channel(context, terms.initiator(), initiatorSpi, responderSpi);
    channel.fragmentation().inherit(old.channel().fragmentation());
    IkeSa fresh = new IkeSa(context, IkeSa.Phase.ESTABLISHED, channel, old.path().copy());
    fresh.keyed(
        terms.suite(),
        KeyDerivation.rekeyedIke(
            context.crypto(),
            old.suite().prf(),
            old.keys().skD(),
            terms.suite().prf(),
            terms.suite().cipher(),
            secret,
            terms.ni(),
            terms.nr(),
            initiatorSpi,
            responderSpi));
    Arrays.fill(secret, (byte) 0);
    fresh.succeed(old, RekeyCollision.lowest(terms.ni(), terms.nr()));
    return fresh;
  }
}
