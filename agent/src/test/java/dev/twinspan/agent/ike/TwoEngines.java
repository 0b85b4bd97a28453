package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.crypto.TestCrypto;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.agent.sim.SimNode;
import dev.twinspan.agent.sim.World;
import java.time.Duration;
import java.util.List;

/** Two boxes on a fair network, with the product's cryptography: what scenarios start from. */
final class TwoEngines {
  static final Duration SECOND = Duration.ofSeconds(1);

  final World world;
  final SimNode left;
  final SimNode right;

  TwoEngines() {
    this(1);
  }

  /**
   * @param seed of network and cryptography
   */
  TwoEngines(long seed) {
    this(new World(seed, own -> new IkeEngine(TestCrypto.seeded(own))));
  }

  TwoEngines(World world) {
    this.world = world;
    left = world.node("left", "192.0.2.1");
    right = world.node("right", "192.0.2.2");
  }

  Peers.Builder ofLeft() {
    return Peers.from(left, right).role(IkePeer.Role.INITIATE_ONLY);
  }

  Peers.Builder ofRight() {
    return Peers.from(right, left).role(IkePeer.Role.RESPOND_ONLY);
  }

  void start(Peers.Builder leftPeer, Peers.Builder rightPeer) {
    left.configure(leftPeer.build());
    right.configure(rightPeer.build());
  }

  /** Left opens, right answers. */
  TwoEngines up() {
    start(ofLeft(), ofRight());
    reach();
    return this;
  }

  void reach() {
    world.check(world.runUntil(this::bothUp, Duration.ofSeconds(2)), () -> "not up");
  }

  boolean bothUp() {
    return left.isUp("right") && right.isUp("left");
  }

  IkeView leftView() {
    return left.view("right");
  }

  IkeView rightView() {
    return right.view("left");
  }

  static List<IkeReason> reasons(SimNode node) {
    return node.transitions().stream().map(IkeAction.Transition::reason).toList();
  }

  static List<String> codes(SimNode node) {
    return reasons(node).stream().map(IkeReason::code).toList();
  }
}
