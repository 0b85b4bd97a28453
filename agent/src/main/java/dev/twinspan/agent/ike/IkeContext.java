package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.crypto.IkeCrypto;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What all parts of one engine share during a call: the time, the actions being collected, the
 * tables of SPIs, randomness and the drop counters. Owned by the engine's thread.
 */
final class IkeContext {
  static final long NEVER = Long.MAX_VALUE;

  /** SPIs below are reserved (RFC 4303 section 2.1). */
  private static final int FIRST_CHILD_SPI = 256;

  private final IkeCrypto crypto;
  private final RekeyCollision.Rule collisions;
  private final InstantSource wallClock;
  private final Map<Long, IkeSa> sas = new LinkedHashMap<>();
  private final Map<Integer, ChildSa> children = new HashMap<>();

  /** Replaced, never changed: whoever has it may keep it. */
  private Map<Integer, InetAddress> awaited = Map.of();

  private final FragmentMemory fragmentMemory = new FragmentMemory(this);
  private final MessageLog messages = new MessageLog();
  private final EnumMap<Drop, Long> drops = new EnumMap<>(Drop.class);
  private List<IkeAction> actions = new ArrayList<>();
  private Set<String> keysTold = Set.of();
  private SpiSpread spread = SpiSpread.NONE;
  private long now;
  private long childSequence;
  private long spiGeneration;

  IkeContext(IkeCrypto crypto) {
    this(crypto, RekeyCollision::weYield, InstantSource.system());
  }

  IkeContext(IkeCrypto crypto, RekeyCollision.Rule collisions, InstantSource wallClock) {
    this.crypto = crypto;
    this.collisions = collisions;
    this.wallClock = wallClock;
  }

  /** Who yields when both sides replaced the same SA; the simulator plants a wrong one. */
  RekeyCollision.Rule collisions() {
    return collisions;
  }

  /** Date and time of day, for the validity of certificates and nothing else. */
  Instant wallClock() {
    return wallClock.instant();
  }

  IkeCrypto crypto() {
    return crypto;
  }

  /** Of peers that have not proven themselves. */
  FragmentMemory fragmentMemory() {
    return fragmentMemory;
  }

  /** What {@code tunnel trace} shows. */
  MessageLog messages() {
    return messages;
  }

  /** Peers whose keys somebody was allowed to have. */
  Set<String> keysTold() {
    return keysTold;
  }

  void keysTold(Set<String> peers) {
    keysTold = Set.copyOf(peers);
  }

  /** Starts a call of the engine. Time never runs backwards inside. */
  void begin(long time) {
    now = time;
  }

  long now() {
    return now;
  }

  /** {@code nanos} from now; {@link #NEVER} instead of an overflow. */
  long in(long nanos) {
    long at = now + nanos;
    return nanos > 0 && at < now ? NEVER : at;
  }

  void emit(IkeAction action) {
    actions.add(action);
  }

  /** Ends a call: everything emitted, in order. */
  List<IkeAction> take() {
    List<IkeAction> taken = actions;
    actions = new ArrayList<>();
    return taken;
  }

  void drop(Drop reason) {
    drops.merge(reason, 1L, Long::sum);
  }

  Map<String, Long> drops() {
    Map<String, Long> labelled = new LinkedHashMap<>();
    drops.forEach((drop, count) -> labelled.put(drop.label(), count));
    return labelled;
  }

  // --- SPIs -------------------------------------------------------------------------------------

  void register(IkeSa sa) {
    sas.put(sa.localSpi(), sa);
    spiGeneration++;
  }

  void unregister(IkeSa sa) {
    sas.remove(sa.localSpi(), sa);
    messages.gone(sa.localSpi());
    spiGeneration++;
  }

  long spiGeneration() {
    return spiGeneration;
  }

  Set<Long> spis() {
    return Set.copyOf(sas.keySet());
  }

  @Nullable IkeSa sa(long localSpi) {
    return sas.get(localSpi);
  }

  /** All IKE SAs in the order they were made, as a copy: callers remove while they walk. */
  List<IkeSa> sas() {
    return new ArrayList<>(sas.values());
  }

  /** From now on the peer there may have keyed the CHILD SA for which we propose that SPI. */
  void await(int spi, InetAddress peer) {
    Map<Integer, InetAddress> next = new HashMap<>(awaited);
    next.put(spi, peer);
    awaited = Map.copyOf(next);
  }

  /** The exchange is over, the CHILD SA there or not to come. */
  void awaitNoMore(int spi) {
    if (awaited.containsKey(spi)) {
      Map<Integer, InetAddress> next = new HashMap<>(awaited);
      next.remove(spi);
      awaited = Map.copyOf(next);
    }
  }

  Map<Integer, InetAddress> awaited() {
    return awaited;
  }

  /** The IKE SA whose request under way proposes that SPI. */
  @Nullable IkeSa proposing(int childSpi) {
    for (IkeSa sa : sas.values()) {
      Outstanding request = sa.channel().outstanding();
      if (request != null && childSpi != 0 && request.exchange().proposedSpi() == childSpi) {
        return sa;
      }
    }
    return null;
  }

  void register(ChildSa child) {
    children.put(child.inboundSpi(), child);
  }

  void unregister(ChildSa child) {
    children.remove(child.inboundSpi(), child);
  }

  int childCount() {
    return children.size();
  }

  @Nullable ChildSa child(int inboundSpi) {
    return children.get(inboundSpi);
  }

  /** The IKE SA of the CHILD SA that we send to that address with that SPI. */
  @Nullable IkeSa sendingTo(InetAddress remote, int outboundSpi) {
    for (IkeSa sa : sas.values()) {
      if (sa.isEstablished() && sa.path().remote().getAddress().equals(remote)) {
        ChildSa child = sa.children().byOutbound(outboundSpi);
        if (child != null) {
          return sa;
        }
      }
    }
    return null;
  }

  /** An unused IKE SPI; never 0. */
  long newIkeSpi() {
    while (true) {
      long spi = ByteBuffer.wrap(crypto.random(8)).getLong();
      if (spi != 0 && !sas.containsKey(spi)) {
        return spi;
      }
    }
  }

  void spread(SpiSpread next) {
    spread = next;
  }

  /** An unused SPI for a CHILD SA of that peer. */
  int newChildSpi(String peer) {
    while (true) {
      int spi = spread.spi(ByteBuffer.wrap(crypto.random(4)).getInt(), peer);
      if (Integer.compareUnsigned(spi, FIRST_CHILD_SPI) >= 0 && !children.containsKey(spi)) {
        return spi;
      }
    }
  }

  /** Numbers CHILD SAs in the order they came up: "newest" is the highest. */
  long nextChildSequence() {
    return ++childSequence;
  }

  // --- randomness -------------------------------------------------------------------------------

  /** Nonces: at least 128 bits and half the PRF's key (RFC 7296 section 2.10). */
  byte[] newNonce() {
    return crypto.random(32);
  }

  /** Uniform in 0 … bound. */
  long jitter(long bound) {
    if (bound <= 0) {
      return 0;
    }
    long random = ByteBuffer.wrap(crypto.random(8)).getLong() >>> 1;
    return random % (bound + 1);
  }
}
