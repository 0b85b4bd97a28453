package dev.twinspan.agent.peers;

import java.util.List;

/** The other end of a tunnel, as far as a rekey soak drives and looks at it. */
interface RekeyPeer {
  /** Begins a rekey of the CHILD SA; returns when it is under way or refused. */
  void rekeyChild();

  /** Begins a rekey of the IKE SA. */
  void rekeyIke();

  /** What it has now. */
  Sas sas();

  /** The end of its log. */
  String tail();

  /** Whether it comes through two rekeys of one SA that cross. */
  default boolean survivesCrossedRekeys() {
    return true;
  }

  /** Frames its machine had no room for, before its tunnel saw them: a busy machine. */
  default Overflows overflows() {
    return Overflows.NONE;
  }

  /** What its machine refused, by its own counters; for people. */
  default String refused() {
    return "";
  }

  /** What its ESP alone refused; whether that changes tells something. */
  default String refusedEsp() {
    return "";
  }

  /**
   * @param outside on their way to it from the appliance
   * @param inside on their way to it from the VNet
   */
  record Overflows(long outside, long inside) {
    static final Overflows NONE = new Overflows(0, 0);

    Overflows since(Overflows before) {
      return new Overflows(outside - before.outside, inside - before.inside);
    }
  }

  /**
   * @param ike SPIs of its established IKE SAs, in its own writing
   * @param children its CHILD SAs that are in use
   */
  record Sas(List<String> ike, List<Pair> children) {
    boolean single() {
      return ike.size() == 1 && children.size() == 1;
    }
  }

  /** SPIs as the peer sees them: what it receives with, what it sends with. */
  record Pair(int inbound, int outbound) {
    @Override
    public String toString() {
      return "in=%08x out=%08x".formatted(inbound, outbound);
    }
  }
}
