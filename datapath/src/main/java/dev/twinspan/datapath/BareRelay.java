package dev.twinspan.datapath;

import dev.twinspan.datapath.offload.Iovecs;
import dev.twinspan.datapath.offload.Lan;
import dev.twinspan.datapath.packet.PacketView;
import dev.twinspan.datapath.packet.VnetHeader;
import dev.twinspan.datapath.packet.Wire;
import dev.twinspan.datapath.worker.Duty;
import dev.twinspan.datapath.worker.Loop;
import dev.twinspan.datapath.worker.Wan;
import dev.twinspan.ffi.crypto.EspTransform;
import dev.twinspan.ffi.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * The floor under the datapath: its own TUN, socket, loops and offloads, the same system calls with
 * the same number of bytes, and nothing in between. What the TUN gives is sent as it is, in
 * datagrams as long as its ESP packets would be, and written to the TUN of the other end. What a
 * packet costs here no ESP in user space can save, whatever its cipher. For measuring alone:
 * nothing is encrypted, and nothing that comes is believed but its length.
 *
 * <pre>
 *   TUN ─ read ─► sendmsg, UDP_SEGMENT ════► recvmsg, UDP_GRO ─► writev, a part a segment ─► TUN
 *
 *   u32 magic │ u32 length │ virtio_net_hdr │ packet │ what lies there, up to the length of the ESP
 * </pre>
 *
 * A thread for each direction.
 */
public final class BareRelay implements AutoCloseable {
  /** In front of what the TUN gave: that it begins here, and how long it is. */
  private static final int MARK = 2 * Integer.BYTES;

  private static final int MAGIC = 0x42415245;
  private static final int PACKET = MARK + VnetHeader.LENGTH;
  private static final int MAX_READ = VnetHeader.LENGTH + 65535;
  private static final int MAX_RECEIVE = 65536;

  /** The ESP packets of 64 KB in segments of 536 bytes, and then some. */
  private static final int ROOM = 96 << 10;

  /** As the product's workers have it. */
  private static final int TURNS = 8;

  private static final int MAX_PARTS = 256;

  private final DatapathDevices devices;
  private final CompletableFuture<Void> failure = new CompletableFuture<>();
  private final Sender sender;
  private final Receiver receiver;
  private final Loop in;
  private final Loop out;

  private BareRelay(DatapathDevices devices, InetSocketAddress remote, EspTransform transform) {
    this.devices = devices;
    DatapathDevices.Port port = devices.ports(0).getFirst();
    Lan lan = devices.lans().getFirst();
    sender = new Sender(lan, port.wan(), remote, transform);
    receiver = new Receiver(lan, port.wan());
    in = new Loop("bare-in", Duration.ZERO, failure);
    out = new Loop("bare-out", Duration.ZERO, failure);
    out.watch(devices.lans().getFirst().fd(), sender);
    in.watch(port.fd(), receiver);
  }

  /**
   * Opens the TUN and the socket and starts the loops.
   *
   * @param config with one endpoint, which is ESP in UDP
   * @param remote where the other end's is
   * @param transform whose packets' lengths the datagrams have
   * @throws dev.twinspan.ffi.linux.KernelException naming the device or address that was refused
   */
  public static BareRelay open(
      DatapathConfig config, InetSocketAddress remote, EspTransform transform) {
    DatapathDevices devices = DatapathDevices.open(config);
    try {
      BareRelay relay = new BareRelay(devices, remote, transform);
      int _ =
          relay.in.nice(config.loops().nice())
              | relay.out.nice(config.loops().nice()); // as the product's
      return relay;
    } catch (RuntimeException | Error e) {
      devices.close();
      throw e;
    }
  }

  /** What was sent, as the datapath counts it. */
  public TrafficCounters out() {
    return sender.total;
  }

  /** What was received and written. */
  public TrafficCounters in() {
    return receiver.total;
  }

  /** Completes exceptionally when a loop died of a fault. */
  public CompletableFuture<Void> failure() {
    return failure;
  }

  @Override
  public void close() {
    in.stop();
    out.stop();
    devices.close();
  }

  /** LAN → WAN. */
  private static final class Sender implements Duty {
    private final Lan lan;
    private final Wan wan;
    private final Wan.Destination destination;
    private final EspTransform transform;
    private final TrafficCounters total = new TrafficCounters();
    private final MemorySegment buffer = Arena.global().allocate(ROOM, 64);
    private final PacketView view = new PacketView();

    Sender(Lan lan, Wan wan, InetSocketAddress remote, EspTransform transform) {
      this.lan = lan;
      this.wan = wan;
      this.transform = transform;
      destination = wan.newDestination();
      destination.address(wan.localAddress(), remote);
    }

    @Override
    public boolean turn() {
      for (int i = 0; i < TURNS; i++) {
        int n = lan.read(buffer, MARK, MAX_READ);
        if (n < 0) {
          return n == -Errno.EINTR;
        }
        relay(n);
      }
      return true;
    }

    private void relay(int n) {
      if (n < VnetHeader.LENGTH || !view.parse(buffer, PACKET, n - VnetHeader.LENGTH)) {
        total.dropped(DropReason.LAN_MALFORMED, 1);
        return;
      }
      int size = VnetHeader.gsoSize(buffer, MARK);
      int headers = headers(view, size);
      int segments = segments(view.length(), headers, size);
      int stride = transform.packetLength(size == 0 ? view.length() : headers + size);
      int last = transform.packetLength(view.length() - (segments - 1) * size);
      if (stride * (segments - 1) + last > ROOM) {
        total.dropped(DropReason.LAN_MALFORMED, segments);
        return;
      }
      Wire.u32(buffer, 0, MAGIC);
      Wire.u32(buffer, Integer.BYTES, n);
      total.batch();
      int most = Wan.most(stride);
      int now;
      for (int done = 0; done < segments; done += now) {
        now = Wan.next(segments - done, most);
        int bytes = (now - 1) * stride + (done + now == segments ? last : stride);
        int result =
            wan.send(buffer, (long) done * stride, bytes, now > 1 ? stride : 0, 0, destination);
        if (result < 0) {
          total.dropped(DropReason.SEND_FAILED, segments - done);
          return;
        }
      }
      total.passed(segments, view.length() + (segments - 1) * headers, System.nanoTime());
    }
  }

  /** WAN → LAN. */
  private static final class Receiver implements Duty {
    private final Lan lan;
    private final Wan wan;
    private final TrafficCounters total = new TrafficCounters();
    private final MemorySegment buffer = Arena.global().allocate(ROOM + MAX_RECEIVE, 64);
    private final MemorySegment iovecs = Arena.global().allocate(MAX_PARTS * Iovecs.SIZE, 16);
    private final PacketView view = new PacketView();

    /** Of a super-packet that came in several runs, what is here. */
    private int held;

    Receiver(Lan lan, Wan wan) {
      this.lan = lan;
      this.wan = wan;
    }

    @Override
    public boolean turn() {
      for (int i = 0; i < TURNS; i++) {
        int n = wan.receive(buffer, held, MAX_RECEIVE);
        if (n == -Errno.EAGAIN) {
          return false;
        }
        if (n > 0) {
          take(n);
        }
      }
      return true;
    }

    private void take(int n) {
      if (held > 0 && n >= MARK && Wire.u32(buffer, held) == MAGIC) { // the rest was lost
        total.dropped(DropReason.INNER_MALFORMED, 1);
        MemorySegment.copy(buffer, held, buffer, 0, n);
        held = 0;
      }
      int here = held + n;
      held = 0;
      if (here < MARK || Wire.u32(buffer, 0) != MAGIC) {
        total.dropped(DropReason.INNER_MALFORMED, 1);
        return;
      }
      int length = Wire.u32(buffer, Integer.BYTES);
      if (length < VnetHeader.LENGTH || length > MAX_READ) {
        total.dropped(DropReason.INNER_MALFORMED, 1);
      } else if (MARK + length > here) {
        held = here < ROOM ? here : 0;
      } else {
        write(length - VnetHeader.LENGTH);
      }
    }

    private void write(int length) {
      if (!view.parse(buffer, PACKET, length)) {
        total.dropped(DropReason.INNER_MALFORMED, 1);
        return;
      }
      int size = VnetHeader.gsoSize(buffer, MARK);
      int headers = headers(view, size);
      int segments = segments(length, headers, size);
      int parts = Math.min(segments, MAX_PARTS);
      long from = buffer.address() + MARK;
      long end = from + VnetHeader.LENGTH + length;
      for (int i = 0; i < parts; i++) {
        long to = from + (i == 0 ? VnetHeader.LENGTH + headers : 0) + size;
        to = i == parts - 1 ? end : to;
        Iovecs.set(iovecs, i, from, to - from);
        from = to;
      }
      total.batch();
      if (lan.write(iovecs, parts) < 0) {
        total.dropped(DropReason.TUN_WRITE_FAILED, segments);
      } else {
        total.passed(segments, length + (long) (segments - 1) * headers, System.nanoTime());
      }
    }
  }

  private static int headers(PacketView view, int size) {
    if (size == 0) {
      return 0;
    }
    return view.l4()
        + (view.protocol() == PacketView.TCP ? view.tcpHeader() : PacketView.UDP_HEADER);
  }

  private static int segments(int length, int headers, int size) {
    return size == 0 ? 1 : Math.max(1, (length - headers + size - 1) / size);
  }
}
