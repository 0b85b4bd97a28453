package dev.twinspan.agent.sim;

import dev.twinspan.agent.ike.EngineProbe;
import dev.twinspan.agent.ike.IkeAction;
import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.agent.ike.IkePeer;
import dev.twinspan.agent.ike.IkeState;
import dev.twinspan.agent.ike.IkeView;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One box: an engine, and what its actions do to SA tables and the network. */
public final class SimNode implements SimHost {
  private static final byte[] NOTHING = {};

  private final World world;
  private final String name;
  private final InetAddress address;
  private final Supplier<IkeEngine> engines;
  private IkeEngine engine;
  private List<IkePeer> peers = List.of();
  private final Map<Integer, IkeAction.InstallChild> installed = new LinkedHashMap<>();
  private final Map<String, Integer> outbound = new LinkedHashMap<>();
  private final List<IkeAction.Transition> transitions = new ArrayList<>();
  private final List<IkeAction.RemoveChild> removals = new ArrayList<>();
  private final List<IkeAction.SendKeepalive> keepalives = new ArrayList<>();
  private final List<IkeAction.PeerMoved> moves = new ArrayList<>();
  private final Set<Integer> heard = new HashSet<>();
  private final Map<Integer, InetSocketAddress> targets = new LinkedHashMap<>();

  /** The last sequence number sent, by the SPI of the pair's inbound SA. */
  private final Map<Integer, Integer> sequences = new HashMap<>();

  private final List<Runnable> waiting = new ArrayList<>();
  private boolean down;
  private boolean stalled;
  private long skew;
  private boolean changed;
  private long deadline;
  private boolean deadlineStale = true;
  private long sent;
  private long espSent;
  private long espReceived;
  private long espUnknown;
  private BiConsumer<String, byte[]> inside = (_, _) -> {};
  private String label = "";

  SimNode(World world, String name, InetAddress address, Supplier<IkeEngine> engines) {
    this.world = world;
    this.name = name;
    this.address = address;
    this.engines = engines;
    this.engine = engines.get();
  }

  @Override
  public boolean isFirst() {
    return world.nodes().getFirst() == this && label.isEmpty();
  }

  @Override
  public String label() {
    return label;
  }

  /** One of several on the right. */
  public void labelled() {
    label = name + ": ";
  }

  public String name() {
    return name;
  }

  @Override
  public InetAddress address() {
    return address;
  }

  public IkeEngine engine() {
    return engine;
  }

  // --- commands ---------------------------------------------------------------------------------

  public void configure(IkePeer... next) {
    peers = List.of(next);
    perform(engine.configure(now(), peers));
  }

  public void rekey(String peer, boolean ike) {
    perform(engine.rekey(now(), peer, ike));
  }

  public void reset(String peer) {
    perform(engine.reset(now(), peer));
  }

  public void exhausted(int inboundSpi) {
    perform(engine.childExhausted(now(), inboundSpi));
  }

  /** Whatever else one can ask of an engine. */
  public void ask(BiFunction<IkeEngine, Long, List<IkeAction>> question) {
    perform(question.apply(engine, now()));
  }

  /** Goes down in order: DELETEs are sent. */
  public void shutdown() {
    perform(engine.shutdown(now()));
    down = true;
    stalled = false;
    waiting.clear();
    deadlineStale = true;
  }

  /** Dies without a word, SA tables and all. */
  public void crash() {
    down = true;
    stalled = false;
    waiting.clear();
    deadlineStale = true;
    installed.clear();
    outbound.clear();
    targets.clear();
    sequences.clear();
    heard.clear();
  }

  /** Comes back with nothing but its configuration. */
  public void restart() {
    down = false;
    deadlineStale = true;
    engine = engines.get();
    perform(engine.configure(now(), peers));
  }

  /** Stands still for so long, and then finds all that came meanwhile. */
  public void stall(Duration time) {
    if (isAway()) {
      return;
    }
    stalled = true;
    deadlineStale = true;
    IkeEngine frozen = engine;
    world.after(
        time,
        () -> {
          if (stalled && frozen == engine) {
            stalled = false;
            deadlineStale = true;
            List.copyOf(waiting).forEach(Runnable::run);
            waiting.clear();
          }
        });
  }

  /** This box's clock leaps forward; nobody else's does. */
  public void leap(Duration by) {
    skew += by.toNanos();
    deadlineStale = true;
  }

  private long now() {
    return world.now() + skew;
  }

  /** As if the datagram had come off the wire. */
  public void inject(InetSocketAddress local, InetSocketAddress remote, byte[] datagram) {
    perform(engine.receive(now(), local, remote, datagram));
  }

  // --- events -----------------------------------------------------------------------------------

  @Override
  public void arrive(InetSocketAddress here, InetSocketAddress from, byte[] payload, boolean esp) {
    if (down) {
      return;
    }
    if (stalled) {
      if (waiting.size() < 200) { // what a socket buffer holds
        waiting.add(() -> arrive(here, from, payload, esp));
      }
      return;
    }
    if (esp) {
      receiveEsp(from, payload);
    } else {
      perform(engine.receive(now(), here, from, payload));
    }
  }

  /** Asked for at every event of the world, so remembered until the engine is called again. */
  @Override
  public long deadline() {
    if (deadlineStale) {
      deadline = isAway() ? Long.MAX_VALUE : engine.nextDeadline();
      if (deadline != Long.MAX_VALUE) {
        deadline -= skew;
      }
      deadlineStale = false;
    }
    return deadline;
  }

  @Override
  public void tick() {
    perform(engine.tick(now()));
  }

  private void perform(List<IkeAction> actions) {
    deadlineStale = true;
    for (IkeAction action : actions) {
      world.observe(this, action);
      switch (action) {
        case IkeAction.Send send -> {
          sent++;
          world.network().send(concrete(send.local()), send.remote(), send.message(), false);
        }
        case IkeAction.SendKeepalive keepalive -> {
          keepalives.add(keepalive);
          byte[] one = {(byte) 0xff};
          world.network().send(concrete(keepalive.local()), keepalive.remote(), one, false);
        }
        case IkeAction.InstallChild install -> {
          world.check(
              installed.put(install.inboundSpi(), install) == null,
              () -> name + " installs an SPI twice");
          targets.put(install.inboundSpi(), install.remote());
          changed = true;
        }
        case IkeAction.UseOutbound use -> {
          world.check(
              installed.containsKey(use.inboundSpi()), () -> name + " sends on what is not there");
          outbound.put(use.peer(), use.inboundSpi());
        }
        case IkeAction.RemoveChild remove -> {
          removals.add(remove);
          world.check(
              installed.remove(remove.inboundSpi()) != null,
              () -> name + " removes what is not there");
          outbound.remove(remove.peer(), remove.inboundSpi());
          targets.remove(remove.inboundSpi());
          sequences.remove(remove.inboundSpi());
          heard.remove(remove.inboundSpi());
        }
        case IkeAction.PeerMoved moved -> {
          moves.add(moved);
          installed.forEach(
              (spi, child) -> {
                if (child.peer().equals(moved.peer())) {
                  targets.put(spi, moved.remote());
                }
              });
        }
        case IkeAction.Fault(_, RuntimeException cause) -> {
          throw cause;
        }
        case IkeAction.IkeKeyed _ -> {}
        case IkeAction.Transition transition -> transitions.add(transition);
      }
    }
  }

  private InetSocketAddress concrete(InetSocketAddress local) {
    return local.getAddress().isAnyLocalAddress()
        ? new InetSocketAddress(address, local.getPort())
        : local;
  }

  // --- traffic ----------------------------------------------------------------------------------

  /** What the datapath tells of ESP's paths. */
  public void espFrom(InetSocketAddress from) {
    perform(engine.espFrom(now(), installed.keySet().iterator().next(), from));
  }

  /** Returns how many actions followed. */
  public int ask(String peer) {
    List<IkeAction> actions = engine.ask(now(), peer);
    perform(actions);
    return actions.size();
  }

  public void sentEsp(String peer) {
    engine.sentAt(peer, now());
    deadlineStale = true;
  }

  /** One ESP packet to each peer there is an outbound SA for. */
  public void sendEsp() {
    if (isAway()) {
      return;
    }
    outbound.forEach((peer, spi) -> sendEsp(spi, NOTHING));
  }

  /** One ESP packet with that inside. Returns whether there was an SA to send it on. */
  public boolean sendEsp(String peer, byte[] inner) {
    Integer spi = isAway() ? null : outbound.get(peer);
    if (spi != null) {
      sendEsp(spi, inner);
    }
    return spi != null;
  }

  private void sendEsp(int spi, byte[] inner) {
    IkeAction.InstallChild child = installed.get(spi);
    espSent++;
    int sealed = inner.length == 0 ? 0 : 4 + inner.length;
    ByteBuffer packet =
        ByteBuffer.allocate(4 + child.outboundKeys().length + sealed)
            .putInt(child.outboundSpi())
            .put(child.outboundKeys());
    if (inner.length > 0) {
      packet.putInt(sequences.merge(spi, 1, Integer::sum)).put(inner);
    }
    world.network().send(concrete(child.local()), targets.get(spi), packet.array(), true);
  }

  /** Who gets what came in ESP, and from which peer. */
  public void onEsp(BiConsumer<String, byte[]> what) {
    inside = what;
  }

  private void receiveEsp(InetSocketAddress from, byte[] packet) {
    ByteBuffer in = ByteBuffer.wrap(packet);
    int spi = in.getInt();
    IkeAction.InstallChild child = installed.get(spi);
    if (from.getAddress().equals(engine.awaited().get(spi))) {
      perform(engine.peerIsAhead(now(), spi));
    }
    if (child == null || !starts(in, child.inboundKeys())) {
      espUnknown++;
      world.check(!world.isStrict(), () -> name + " gets ESP for an SA it does not have");
      return;
    }
    espReceived++;
    if (world.isStrict()) {
      long since = EngineProbe.deletedFor(engine, now(), child.inboundSpi());
      world.check(
          since <= SimNetwork.FAIR_ROUND_TRIP,
          () -> name + " gets ESP on an SA deleted %d ms ago".formatted(since / 1_000_000));
    }
    engine.aliveAt(child.peer(), now());
    if (heard.add(child.inboundSpi())) {
      perform(engine.childHeard(now(), child.inboundSpi()));
    }
    deadlineStale = true;
    if (in.remaining() > 4) {
      in.getInt(); // of its sequence number a node makes nothing
      byte[] inner = new byte[in.remaining()];
      in.get(inner);
      inside.accept(child.peer(), inner);
    }
  }

  /** Takes the keys off a packet. */
  private static boolean starts(ByteBuffer packet, byte[] keys) {
    int at = packet.position();
    if (packet.remaining() < keys.length
        || !Arrays.equals(keys, 0, keys.length, packet.array(), at, at + keys.length)) {
      return false;
    }
    packet.position(at + keys.length);
    return true;
  }

  // --- looking in -------------------------------------------------------------------------------

  public Map<Integer, IkeAction.InstallChild> installed() {
    return installed;
  }

  public @Nullable Integer outbound(String peer) {
    return outbound.get(peer);
  }

  public Map<String, Integer> outbound() {
    return outbound;
  }

  public List<IkeAction.Transition> transitions() {
    return transitions;
  }

  /** CHILD SAs that went, and why. */
  public List<IkeAction.RemoveChild> removals() {
    return removals;
  }

  public List<IkeAction.SendKeepalive> keepalives() {
    return keepalives;
  }

  public List<IkeAction.PeerMoved> moves() {
    return moves;
  }

  public IkeView view(String peer) {
    return engine.view().stream().filter(v -> v.peer().equals(peer)).findFirst().orElseThrow();
  }

  public boolean isUp(String peer) {
    return !down && outbound.containsKey(peer) && view(peer).state() == IkeState.ESTABLISHED;
  }

  public boolean isDown() {
    return down;
  }

  /** Down, or standing still. */
  public boolean isAway() {
    return down || stalled;
  }

  /** Whether CHILD SAs were installed since this was asked last. */
  boolean takeChanged() {
    boolean was = changed;
    changed = false;
    return was;
  }

  public long drops(String reason) {
    return engine.drops().getOrDefault(reason, 0L);
  }

  /** IKE datagrams sent. */
  public long sent() {
    return sent;
  }

  public long espSent() {
    return espSent;
  }

  public long espReceived() {
    return espReceived;
  }

  /** ESP that came for an SPI not installed, or sealed with other keys. */
  public long espUnknown() {
    return espUnknown;
  }

  @Override
  public String toString() {
    return name;
  }
}
