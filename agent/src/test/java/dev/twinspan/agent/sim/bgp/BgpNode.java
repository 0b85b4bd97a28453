package dev.twinspan.agent.sim.bgp;

import dev.twinspan.agent.bgp.BgpAction;
import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.bgp.BgpState;
import dev.twinspan.agent.bgp.BgpView;
import dev.twinspan.agent.bgp.ExportPolicy;
import dev.twinspan.agent.bgp.ImportPolicy;
import dev.twinspan.agent.bgp.RouteSet;
import dev.twinspan.agent.bgp.message.Nlri;
import java.net.InetAddress;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One box with one peer. A crash forgets everything but the configuration. */
final class BgpNode {
  private final BgpWorld world;
  private final String name;
  private final InetAddress address;
  private final Function<RandomGenerator, BgpEngine> engines;
  private @Nullable BgpNode other;
  private @Nullable BgpPeer peer;
  private List<Nlri> export = List.of();
  private @Nullable BgpEngine engine;
  private RouteSet routes = RouteSet.EMPTY;
  private int life;
  private long tickAt = Long.MAX_VALUE;

  BgpNode(
      BgpWorld world,
      String name,
      InetAddress address,
      Function<RandomGenerator, BgpEngine> engines) {
    this.engines = engines;
    this.world = world;
    this.name = name;
    this.address = address;
  }

  InetAddress address() {
    return address;
  }

  void configure(BgpNode remote, BgpPeer config, List<Nlri> prefixes) {
    other = remote;
    peer = config;
    export = prefixes;
    if (engine == null) {
      life++;
      engine = engines.apply(new Random(world.random().nextLong()));
      tickAt = Long.MAX_VALUE;
    }
    perform(
        engine.configure(
            world.now(),
            List.of(config),
            new ImportPolicy(Set.of(), false),
            ExportPolicy.of(prefixes, Set.of(), false, false)));
  }

  void crash() {
    world.note(name + " crashes");
    engine = null;
    routes = RouteSet.EMPTY;
    life++;
    world.forget(this);
  }

  void restart() {
    if (engine == null && other != null && peer != null) {
      world.note(name + " starts");
      configure(other, peer, export);
    }
  }

  void reset(boolean silent) {
    if (engine != null) {
      if (silent) {
        perform(engine.tunnelLost(world.now(), "peer"));
        perform(engine.tunnelUp(world.now(), "peer"));
      } else {
        perform(engine.reset(world.now(), "peer", "trying"));
      }
    }
  }

  void export(List<Nlri> prefixes) {
    export = prefixes;
    if (engine != null && other != null && peer != null) {
      configure(other, peer, prefixes);
    }
  }

  boolean alive() {
    return engine != null;
  }

  int life() {
    return life;
  }

  void accepted(long connection) {
    if (engine != null && other != null) {
      perform(engine.accepted(world.now(), connection, address, other.address));
    }
  }

  void connected(long connection) {
    if (engine != null) {
      perform(engine.connected(world.now(), connection));
    }
  }

  void received(long connection, byte[] bytes) {
    if (engine != null) {
      perform(engine.received(world.now(), connection, bytes));
    }
  }

  void closed(long connection, String why, int ofLife) {
    if (engine != null && ofLife == life) {
      perform(engine.closed(world.now(), connection, why));
    }
  }

  private void perform(List<BgpAction> actions) {
    for (BgpAction action : actions) {
      switch (action) {
        case BgpAction.Dial dial when other != null -> world.dial(this, other, dial.connection());
        case BgpAction.Dial _ -> {}
        case BgpAction.Send(long connection, byte[] bytes) -> world.send(this, connection, bytes);
        case BgpAction.Close(long connection) -> world.close(this, connection);
        case BgpAction.RoutesChanged(RouteSet now) -> routes = now;
        case BgpAction.Transition transition -> world.note(name + " " + transition);
        case BgpAction.Notice notice -> world.note(name + " " + notice);
      }
    }
    schedule();
  }

  private void schedule() {
    if (engine == null) {
      return;
    }
    long due = Math.max(engine.nextDeadline(), world.now());
    if (due < tickAt) {
      tickAt = due;
      int now = life;
      world.after(due - world.now(), () -> tick(now, due));
    }
  }

  private void tick(int ofLife, long due) {
    if (engine == null || ofLife != life || due != tickAt) {
      return;
    }
    tickAt = Long.MAX_VALUE;
    perform(engine.tick(world.now()));
  }

  @Nullable BgpView view() {
    return engine == null ? null : engine.views().getFirst();
  }

  /** Routes are there only while a session is, and are all from it. */
  void check() {
    BgpView view = view();
    if (view == null) {
      return;
    }
    if (view.state() != BgpState.ESTABLISHED && !routes.routes().isEmpty()) {
      throw new AssertionError(name + " has routes without a session: " + view);
    }
    if (view.accepted() != routes.routes().size()) {
      throw new AssertionError(name + " holds other routes than it publishes: " + view);
    }
  }

  void agreesWith(BgpNode remote) {
    BgpView view = view();
    if (view == null || view.state() != BgpState.ESTABLISHED) {
      throw new AssertionError(name + " is not established: " + view);
    }
    if (engine != null && engine.connections() != 1) {
      throw new AssertionError(name + " holds connections: " + engine.connections());
    }
    if (!routes.routes().keySet().equals(Set.copyOf(remote.export))) {
      throw new AssertionError(
          "%s has %s, expected %s".formatted(name, routes.routes().keySet(), remote.export));
    }
  }
}
