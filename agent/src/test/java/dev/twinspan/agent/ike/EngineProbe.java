package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.crypto.IkeCrypto;
import java.util.List;

/** Looks behind an engine's view, and pulls what no operator may: for tests and the simulator. */
public final class EngineProbe {
  private EngineProbe() {}

  /**
   * What an engine holds.
   *
   * @param ikeSas of whatever phase, those that only answer retransmissions included
   * @param halfOpen handshakes of others under way
   * @param children CHILD SAs, lingering ones included
   */
  public record Holdings(int ikeSas, int halfOpen, int children) {}

  public static Holdings holdings(IkeEngine engine) {
    return new Holdings(
        engine.context().sas().size(), engine.halfOpen(), engine.context().childCount());
  }

  /** How long ago a CHILD SA was deleted that still receives, nanoseconds; 0: it was not. */
  public static long deletedFor(IkeEngine engine, long now, int inboundSpi) {
    ChildSa child = engine.context().child(inboundSpi);
    return child == null || child.phase() != ChildSa.Phase.LINGERING
        ? 0
        : now - (child.phaseEndsAt() - Timing.LINGER);
  }

  /**
   * An engine in which nobody yields: the nonce comparison of RFC 7296 section 2.8.1 is dropped.
   */
  public static IkeEngine nobodyYields(IkeCrypto crypto) {
    return new IkeEngine(crypto, (_, _) -> false);
  }

  /** The same mistake the other way round: without comparing, both yield. */
  public static IkeEngine bothYield(IkeCrypto crypto) {
    return new IkeEngine(crypto, (_, _) -> true);
  }

  /** Deletes one CHILD SA, as the end of its lifetime would. */
  public static List<IkeAction> deleteChild(IkeEngine engine, long now, int inboundSpi) {
    engine.context().begin(now);
    ChildSa child = child(engine, inboundSpi);
    child.deleteDue("test");
    child.ikeSa().tick();
    return engine.context().take();
  }

  /** A pair is gone without a word to the peer. */
  static List<IkeAction> forgetChild(IkeEngine engine, long now, int inboundSpi) {
    engine.context().begin(now);
    ChildSa child = child(engine, inboundSpi);
    child.ikeSa().channel().complete();
    child.ikeSa().children().remove(child, "test");
    child.ikeSa().peer().refresh(Reasons.childLost());
    return engine.context().take();
  }

  /** Deletes the IKE SA of a CHILD SA, and leaves what follows to the engine. */
  public static List<IkeAction> deleteIke(IkeEngine engine, long now, int inboundSpi) {
    engine.context().begin(now);
    child(engine, inboundSpi).ikeSa().close(Reasons.lifetimeExpired("IKE SA"));
    return engine.context().take();
  }

  static ChildSa child(IkeEngine engine, int inboundSpi) {
    ChildSa child = engine.context().child(inboundSpi);
    if (child == null) {
      throw new AssertionError("no CHILD SA " + Integer.toHexString(inboundSpi));
    }
    return child;
  }

  static IkeSa ikeSa(IkeEngine engine, long localSpi) {
    IkeSa sa = engine.context().sa(localSpi);
    if (sa == null) {
      throw new AssertionError("no IKE SA " + Long.toHexString(localSpi));
    }
    return sa;
  }
}
