package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.crypto.ChildKeys;
import dev.twinspan.agent.ike.crypto.IkeCrypto.InvalidKeyShare;
import dev.twinspan.agent.ike.crypto.IkeCrypto.KeyPair;
import dev.twinspan.agent.ike.crypto.KeyDerivation;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Keys a CHILD SA and hands it to the datapath. */
final class Keying {
  private Keying() {}

  /**
   * @param initiator whether we began the exchange that made it
   * @param sendFrom when we may send on it
   * @param secret of that exchange's own key exchange, zeroed here; null: none
   */
  static ChildSa install(
      IkeContext context,
      IkeSa sa,
      ChildSa.Terms terms,
      boolean initiator,
      long sendFrom,
      byte @Nullable [] secret,
      byte[] ni,
      byte[] nr) {
    ChildKeys keys =
        KeyDerivation.child(
            context.crypto(),
            sa.suite().prf(),
            sa.keys().skD(),
            terms.suite().transform().keyMaterialLength(),
            secret,
            ni,
            nr);
    if (secret != null) {
      Arrays.fill(secret, (byte) 0);
    }
    IkePeer config = sa.peer().config();
    long lifetime = Lifetimes.nanos(config.policy().childLifetime());
    long bytes = config.policy().childBytes();
    ChildSa child =
        new ChildSa(
            context,
            sa,
            terms,
            initiator,
            RekeyCollision.lowest(ni, nr),
            context.in(Lifetimes.rekeyAfter(context, lifetime, initiator)),
            context.in(Lifetimes.expireAfter(lifetime)),
            sendFrom);
    context.emit(
        new IkeAction.InstallChild(
            config.name(),
            terms.inboundSpi(),
            terms.outboundSpi(),
            terms.suite().transform(),
            terms.suite().esn(),
            initiator ? keys.responderToInitiator() : keys.initiatorToResponder(),
            initiator ? keys.initiatorToResponder() : keys.responderToInitiator(),
            terms.localSelectors(),
            terms.remoteSelectors(),
            sa.path().local(),
            sa.path().remote(),
            sa.path().udpEncapsulated(),
            Lifetimes.softBytes(context, bytes, initiator),
            bytes == 0 ? Long.MAX_VALUE : bytes));
    sa.children().add(child);
    return child;
  }

  /** g^ir of a CREATE_CHILD_SA; null for a share that must not be used. */
  static byte @Nullable [] agree(IkeContext context, KeyPair own, byte[] share) {
    try {
      return context.crypto().agree(own, share);
    } catch (InvalidKeyShare _) {
      return null;
    }
  }
}
