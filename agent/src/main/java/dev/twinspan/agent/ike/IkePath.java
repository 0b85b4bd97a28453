package dev.twinspan.agent.ike;

import java.net.InetSocketAddress;

/** The two ends of an IKE SA as its messages see them, and what NATs were found between. */
final class IkePath {
  private InetSocketAddress local;
  private InetSocketAddress remote;
  private boolean natHere;
  private boolean natThere;
  private boolean udpEncapsulated;

  IkePath(InetSocketAddress local, InetSocketAddress remote) {
    this.local = local;
    this.remote = remote;
  }

  /** For the IKE SA that replaces another. */
  IkePath copy() {
    IkePath copy = new IkePath(local, remote);
    copy.natHere = natHere;
    copy.natThere = natThere;
    copy.udpEncapsulated = udpEncapsulated;
    return copy;
  }

  InetSocketAddress local() {
    return local;
  }

  InetSocketAddress remote() {
    return remote;
  }

  boolean natHere() {
    return natHere;
  }

  boolean natThere() {
    return natThere;
  }

  /** Whether its CHILD SAs run in UDP 4500. */
  boolean udpEncapsulated() {
    return udpEncapsulated;
  }

  /** While the kernel was to choose our address: a message that came tells which it chose. */
  void resolve(InetSocketAddress here) {
    if (local.getAddress().isAnyLocalAddress() && here.getPort() == local.getPort()) {
      local = here;
    }
  }

  /** The initiator floats to port 4500 with IKE_AUTH, and its NAT may look different there. */
  void answerTo(InetSocketAddress here, InetSocketAddress there) {
    local = here;
    remote = there;
  }

  /**
   * @param hidden we hid our source, so that the peer sees a NAT in front of us and encapsulates
   */
  void detected(NatDetection.Result nat, boolean hidden) {
    natHere = nat.here();
    natThere = nat.there();
    udpEncapsulated = nat.supported() && (nat.here() || nat.there() || hidden);
  }

  /** A NAT, found or faked, moves the initiator to port 4500 (RFC 7296 section 2.23). */
  void floatIfTranslated() {
    if (udpEncapsulated) {
      local = Ports.floated(local);
      remote = Ports.floated(remote);
    }
  }

  /**
   * An authentic message newer than all before came this way. RFC 7296 section 2.23: a peer behind
   * a NAT is followed to where it is seen now; one that is not, stays where it was.
   *
   * @return whether an end changed
   */
  boolean follow(InetSocketAddress here, InetSocketAddress there) {
    if (here.getPort() != local.getPort()) {
      return false; // a stray on the other of our two ports
    }
    InetSocketAddress next = natThere ? there : remote;
    if (here.equals(local) && next.equals(remote)) {
      return false;
    }
    local = here;
    remote = next;
    return true;
  }
}
