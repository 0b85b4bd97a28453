package dev.twinspan.datapath;

import dev.twinspan.datapath.End.Options;
import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.datapath.worker.MemoryWan;
import dev.twinspan.datapath.worker.MemoryWire;
import dev.twinspan.datapath.worker.Wan;
import dev.twinspan.ffi.crypto.EncapVector;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspTransform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Two boxes joined by a cable per tunnel, with an SA pair each. */
final class TwoEnds {
  static final int MTU = 1400;
  static final int MSS = 1350;
  static final List<Selector> ANY =
      List.of(
          selector("0.0.0.0", "255.255.255.255"),
          selector("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));

  final EspBackend backend;
  final EspTransform transform;
  final boolean esn;
  final End left;
  final End right;
  private int nextSpi = 0x1000;
  private final MemorySegment vector = Arena.ofAuto().allocate(EncapVector.ENTRY_SIZE, 8);
  private final MemorySegment plain = Arena.ofAuto().allocate(4096);
  private final MemorySegment sealed = Arena.ofAuto().allocate(4096);

  TwoEnds(EspBackend backend, EspTransform transform, boolean esn, int tunnels, Options options) {
    this.backend = backend;
    this.transform = transform;
    this.esn = esn;
    List<MemoryWan> lefts = new ArrayList<>();
    List<MemoryWan> rights = new ArrayList<>();
    for (int i = 0; i < tunnels; i++) {
      MemoryWire there = new MemoryWire(64);
      MemoryWire back = new MemoryWire(64);
      var l = MemoryWan.address(10 + i, 4500);
      var r = MemoryWan.address(110 + i, 4500);
      lefts.add(new MemoryWan(back, there, Wan.Kind.ESP_IN_UDP, l, r));
      rights.add(new MemoryWan(there, back, Wan.Kind.ESP_IN_UDP, r, l));
    }
    left = new End(lefts, options);
    right = new End(rights, options);
    for (int i = 0; i < tunnels; i++) {
      left.tunnels.add(path(left, i, null));
      right.tunnels.add(path(right, i, null));
      rekey(left, right, i, ANY, ANY, 0);
      rekey(right, left, i, ANY, ANY, 0);
    }
    left.publish();
    right.publish();
  }

  static TwoEnds of(EspBackend backend, EspTransform transform) {
    return new TwoEnds(backend, transform, false, 1, Options.USUAL);
  }

  static Selector selector(String first, String last) {
    try {
      return new Selector(0, 0, 65535, InetAddress.getByName(first), InetAddress.getByName(last));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static TunnelPath path(End end, int id, OutboundSa sa) {
    MemoryWan wan = end.wans.get(id);
    return new TunnelPath(id, "t" + id, wan.localAddress(), wan.peer(), sa, MTU, MSS);
  }

  byte[] keys(int spi) {
    return Packets.bytes(transform.keyMaterialLength(), spi);
  }

  /**
   * Gives {@code from} a new SA to send on and {@code to} its other half beside the old ones; not
   * published yet.
   *
   * @param senderSide selectors of the sender's side
   * @param used sequence numbers taken to be used already
   */
  InboundSa rekey(
      End from,
      End to,
      int tunnel,
      List<Selector> senderSide,
      List<Selector> otherSide,
      long used) {
    int spi = nextSpi++;
    SaParameters out = new SaParameters(tunnel, spi, transform, esn, senderSide, otherSide);
    SaParameters in = new SaParameters(tunnel, spi, transform, esn, otherSide, senderSide);
    InboundSa receiving =
        InboundSa.open(backend, in, keys(spi), InboundSa.DEFAULT_REPLAY_WINDOW, used);
    to.inbound.add(receiving);
    OutboundSa sending = OutboundSa.open(backend, out, keys(spi), used);
    from.tunnels.set(tunnel, path(from, tunnel, sending));
    return receiving;
  }

  /** As {@link #rekey}, any-any, with limits for both directions' ends. */
  InboundSa rekey(End from, End to, SaLimits sending, SaLimits receiving) {
    int spi = nextSpi++;
    InboundSa in =
        InboundSa.open(
            backend,
            new SaParameters(0, spi, transform, esn, ANY, ANY, receiving),
            keys(spi),
            InboundSa.DEFAULT_REPLAY_WINDOW);
    to.inbound.add(in);
    OutboundSa out =
        OutboundSa.open(
            backend, new SaParameters(0, spi, transform, esn, ANY, ANY, sending), keys(spi));
    from.tunnels.set(0, path(from, 0, out));
    return in;
  }

  /** Replaces one tunnel's MTU and MSS. */
  static void resize(End end, int mtu, int mss) {
    TunnelPath old = end.tunnels.getFirst();
    end.tunnels.set(
        0, new TunnelPath(0, old.name(), old.local(), old.remote(), old.outbound(), mtu, mss));
    end.publish();
  }

  MemoryWire leftToRight() {
    return left.wans.getFirst().out;
  }

  /** All that waits at the left LAN goes to the right LAN. */
  void carry() {
    left.pumpOut();
    right.pumpIn();
  }

  List<byte[]> carry(byte[]... packets) {
    for (byte[] packet : packets) {
      left.lan.send(packet);
    }
    carry();
    return right.lan.received();
  }

  InboundSa receiving() {
    return right.inbound.getLast();
  }

  OutboundSa sending() {
    return left.tunnels.getFirst().outbound();
  }

  /** What the left end would send with these bytes as the inner packet; null: it would not. */
  @Nullable MemorySegment seal(byte[] inner) {
    MemorySegment.copy(inner, 0, plain, ValueLayout.JAVA_BYTE, 0, inner.length);
    int room = (int) sealed.byteSize();
    EncapVector.set(
        vector,
        0,
        plain.address(),
        inner.length,
        0,
        0,
        0,
        0,
        0,
        sealed.address(),
        room,
        sending().take(1, 0));
    return sending().encryptor().encapsulate(vector, 1) == 1
        ? sealed.asSlice(0, EncapVector.lastLength(vector, 0))
        : null;
  }

  /** Takes all SAs out of use, which frees their keys. */
  void close() {
    for (End end : List.of(left, right)) {
      end.inbound.clear();
      end.tunnels.clear();
      end.routes = List.of();
      end.publish();
    }
  }
}
