package dev.twinspan.datapath.capture;

import dev.twinspan.datapath.TunnelPath;
import dev.twinspan.datapath.capture.CaptureRing.Ends;
import dev.twinspan.datapath.capture.CaptureRing.Kind;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one producer copies into its ring, and of which tunnels. A worker holds one while somebody
 * captures, else null, which is all that capturing costs then. The workers of one direction share
 * one, so they take turns; allocates nothing per packet, only when a tunnel's addresses are new.
 */
public final class PacketTap {
  public static final int ALL = -1;

  private static final int UDP = 17;
  private static final int ESP = 50;

  private final CaptureRing ring;
  private final int only;
  private final boolean esp;
  private final boolean inner;
  private final int snap;
  private final Ends ends = new Ends();
  private @Nullable TunnelPath[] known = {};
  private long[] addresses = {};
  private @Nullable InetSocketAddress bound;
  private long boundHigh;
  private long boundLow;

  /**
   * @param only id of the tunnel, or {@link #ALL}
   * @param snap bytes to keep of each packet
   */
  public PacketTap(CaptureRing ring, int only, boolean esp, boolean inner, int snap) {
    this.ring = ring;
    this.only = only;
    this.esp = esp;
    this.inner = inner;
    this.snap = snap;
  }

  private boolean wants(int tunnel) {
    return only == ALL || only == tunnel;
  }

  // --- ESP --------------------------------------------------------------------------------------

  /**
   * An ESP packet came, not looked into yet.
   *
   * @param tunnel of its SA; -1: nobody knows its SPI, and its sender's address decides
   * @param bound what the socket is bound to
   * @param udp or protocol 50
   */
  public synchronized void received(
      List<TunnelPath> tunnels,
      int tunnel,
      InetSocketAddress bound,
      boolean udp,
      long peerHigh,
      long peerLow,
      int peerPort,
      int tos,
      MemorySegment buffer,
      long at,
      int length,
      long nanos) {
    if (!esp) {
      return;
    }
    int of = tunnel >= 0 ? tunnel : tunnelAt(tunnels, peerHigh, peerLow);
    if (!wants(of)) {
      return;
    }
    ends.tos = tos;
    ends.protocol = udp ? UDP : ESP;
    ends.sourceHigh = peerHigh;
    ends.sourceLow = peerLow;
    ends.sourcePort = udp ? peerPort : 0;
    ends.destinationPort = udp ? bound.getPort() : 0;
    if (of >= 0) {
      int i = resolve(tunnels.get(of));
      ends.destinationHigh = addresses[i];
      ends.destinationLow = addresses[i + 1];
    } else {
      resolve(bound);
      ends.destinationHigh = boundHigh;
      ends.destinationLow = boundLow;
    }
    ring.offer(Kind.ESP, false, nanos, of, ends, buffer, at, length, snap);
  }

  /** ESP packets of equal size left, the last may be shorter. */
  public synchronized void sent(
      TunnelPath path,
      boolean udp,
      int tos,
      MemorySegment buffer,
      int from,
      int to,
      int stride,
      long nanos) {
    if (!esp || !wants(path.id())) {
      return;
    }
    int i = resolve(path);
    ends.tos = tos;
    ends.protocol = udp ? UDP : ESP;
    ends.sourceHigh = addresses[i];
    ends.sourceLow = addresses[i + 1];
    ends.sourcePort = udp ? path.local().getPort() : 0;
    ends.destinationHigh = addresses[i + 2];
    ends.destinationLow = addresses[i + 3];
    ends.destinationPort = udp ? path.remote().getPort() : 0;
    for (int at = from; at < to; at += stride) {
      ring.offer(
          Kind.ESP, true, nanos, path.id(), ends, buffer, at, Math.min(stride, to - at), snap);
    }
  }

  // --- inner packets ----------------------------------------------------------------------------

  /** A packet, or a super-packet, as it goes into a tunnel or came out of it. */
  public synchronized void inner(
      boolean outbound, int tunnel, MemorySegment buffer, long at, int length, long nanos) {
    if (inner && wants(tunnel)) {
      ring.offer(Kind.INNER, outbound, nanos, tunnel, ends, buffer, at, length, snap);
    }
  }

  // --- IKE --------------------------------------------------------------------------------------

  /**
   * An IKE message. On the control thread, with a tap of its own.
   *
   * @param tunnel -1: nobody's
   */
  public void ike(
      boolean outbound,
      int tunnel,
      InetSocketAddress source,
      InetSocketAddress destination,
      byte[] message,
      long nanos) {
    if (!wants(tunnel)) {
      return;
    }
    ends.protocol = UDP;
    ends.tos = 0;
    ends.sourceHigh = high(source.getAddress());
    ends.sourceLow = low(source.getAddress());
    ends.sourcePort = source.getPort();
    ends.destinationHigh = high(destination.getAddress());
    ends.destinationLow = low(destination.getAddress());
    ends.destinationPort = destination.getPort();
    MemorySegment from = MemorySegment.ofArray(message);
    ring.offer(Kind.IKE, outbound, nanos, tunnel, ends, from, 0, message.length, snap);
  }

  // --- addresses --------------------------------------------------------------------------------

  private int tunnelAt(List<TunnelPath> tunnels, long high, long low) {
    for (int id = 0; id < tunnels.size(); id++) {
      int i = resolve(tunnels.get(id));
      if (addresses[i + 2] == high && addresses[i + 3] == low) {
        return id;
      }
    }
    return -1;
  }

  /** Index of the tunnel's local and remote address, encoded anew only when they changed. */
  private int resolve(TunnelPath path) {
    int id = path.id();
    if (id >= known.length) {
      known = Arrays.copyOf(known, id + 8);
      addresses = Arrays.copyOf(addresses, 4 * (id + 8));
    }
    if (known[id] != path) {
      known[id] = path;
      addresses[4 * id] = high(path.local().getAddress());
      addresses[4 * id + 1] = low(path.local().getAddress());
      addresses[4 * id + 2] = high(path.remote().getAddress());
      addresses[4 * id + 3] = low(path.remote().getAddress());
    }
    return 4 * id;
  }

  private void resolve(InetSocketAddress socket) {
    if (bound != socket) {
      bound = socket;
      boundHigh = high(socket.getAddress());
      boundLow = low(socket.getAddress());
    }
  }

  private static long high(InetAddress address) {
    return address instanceof Inet6Address ? ByteBuffer.wrap(address.getAddress()).getLong() : 0;
  }

  private static long low(InetAddress address) {
    ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
    return address instanceof Inet6Address
        ? bytes.getLong(8)
        : 0xffffL << 32 | bytes.getInt(0) & 0xffff_ffffL;
  }
}
