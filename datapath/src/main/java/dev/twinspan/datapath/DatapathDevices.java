package dev.twinspan.datapath;

import dev.twinspan.datapath.worker.RawWan;
import dev.twinspan.datapath.worker.TunLan;
import dev.twinspan.datapath.worker.UdpWan;
import dev.twinspan.datapath.worker.Wan;
import dev.twinspan.ffi.linux.RawSocket;
import dev.twinspan.ffi.linux.Tun;
import dev.twinspan.ffi.linux.UdpSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The TUN and the sockets, opened together and closed together: for each loop a queue of the TUN
 * and a socket of each address that carries ESP in UDP, in a SO_REUSEPORT group. IKE's own port and
 * protocol 50, of which the kernel would give every socket a copy, are the first loop's. Control
 * thread.
 */
final class DatapathDevices implements AutoCloseable {
  /** A socket and what it waits on. */
  record Port(Wan wan, int fd) {}

  private final Tun.Device tun;
  private final boolean coalescing;
  private final List<TunLan> lans;
  private final List<List<Port>> ports = new ArrayList<>();
  private final List<UdpSocket> sockets = new ArrayList<>();
  private final List<RawSocket> rawSockets = new ArrayList<>();

  private DatapathDevices(Tun.Device tun, boolean coalescing) {
    this.tun = tun;
    this.coalescing = coalescing;
    lans = tun.queues().stream().map(queue -> new TunLan(tun, queue, coalescing)).toList();
    tun.queues().forEach(_ -> ports.add(new ArrayList<>()));
  }

  static DatapathDevices open(DatapathConfig config) {
    Tun.Options wanted = config.tun();
    Tun.Options options =
        new Tun.Options(
            wanted.name(),
            config.loops().count(),
            wanted.mtu(),
            config.offloads().tun(),
            wanted.persistent());
    DatapathDevices devices =
        new DatapathDevices(Tun.open(options), config.offloads().coalescing());
    try {
      config.endpoints().forEach(endpoint -> devices.addUdp(config, endpoint));
      if (config.rawEsp()) {
        rawAddresses(config).forEach(address -> devices.addRaw(config, address));
      }
      return devices;
    } catch (RuntimeException e) {
      devices.close();
      throw e;
    }
  }

  /**
   * Where protocol 50 is received: where ESP in UDP is, too. The kernel gives a packet to every raw
   * socket it fits, so there is none beside a wildcard of its family.
   */
  static Set<InetAddress> rawAddresses(DatapathConfig config) {
    Set<InetAddress> addresses =
        config.endpoints().stream()
            .filter(endpoint -> endpoint.kind() == DatapathConfig.Kind.ESP_IN_UDP)
            .map(endpoint -> endpoint.local().getAddress())
            .collect(Collectors.toCollection(LinkedHashSet::new));
    Set<Class<?>> wildcards =
        addresses.stream()
            .filter(InetAddress::isAnyLocalAddress)
            .map(InetAddress::getClass)
            .collect(Collectors.toSet());
    addresses.removeIf(a -> !a.isAnyLocalAddress() && wildcards.contains(a.getClass()));
    return addresses;
  }

  private void addUdp(DatapathConfig config, DatapathConfig.Endpoint endpoint) {
    switch (endpoint.kind()) {
      case IKE -> addUdp(config, endpoint, endpoint.local(), Wan.Kind.IKE, 0, false);
      case ESP_IN_UDP -> {
        InetSocketAddress local = endpoint.local();
        boolean several = config.loops().count() > 1;
        for (int loop = 0; loop < config.loops().count(); loop++) {
          UdpSocket socket = addUdp(config, endpoint, local, Wan.Kind.ESP_IN_UDP, loop, several);
          local = socket.localAddress(); // the others join the port that the kernel chose
          if (several && loop == 0) {
            socket.steerByFirstWord(config.loops().count());
          }
        }
      }
    }
  }

  private UdpSocket addUdp(
      DatapathConfig config,
      DatapathConfig.Endpoint endpoint,
      InetSocketAddress local,
      Wan.Kind kind,
      int loop,
      boolean shared) {
    UdpSocket socket =
        UdpSocket.open(
            new UdpSocket.Options(local, config.mark(), true, config.socketBufferBytes())
                .withOffloads(config.offloads().udpSegment(), config.offloads().udpGro())
                .withReusePort(shared)
                .withDevice(endpoint.device()));
    sockets.add(socket);
    ports.get(loop).add(new Port(new UdpWan(socket, kind), socket.fd()));
    return socket;
  }

  private void addRaw(DatapathConfig config, InetAddress address) {
    InetSocketAddress local = new InetSocketAddress(address, 0);
    RawSocket socket =
        RawSocket.open(
            new RawSocket.Options(local, RawSocket.ESP, config.mark(), config.socketBufferBytes())
                .withDevice(device(config, address)));
    rawSockets.add(socket);
    ports.getFirst().add(new Port(new RawWan(socket, local), socket.fd()));
  }

  /** The interface that the endpoints of this address are bound to; empty: none. */
  private static String device(DatapathConfig config, InetAddress address) {
    return config.endpoints().stream()
        .filter(endpoint -> endpoint.local().getAddress().equals(address))
        .map(DatapathConfig.Endpoint::device)
        .findFirst()
        .orElse("");
  }

  Tun.Device tun() {
    return tun;
  }

  /** One for each loop. */
  List<TunLan> lans() {
    return lans;
  }

  /** What that loop receives from. */
  List<Port> ports(int loop) {
    return ports.get(loop);
  }

  /** What a tunnel of that loop sends by: sockets of its own first, then those only one has. */
  List<Wan> wans(int loop) {
    return Stream.concat(ports.get(loop).stream(), ports.getFirst().stream())
        .map(Port::wan)
        .distinct()
        .toList();
  }

  List<Offload> offloads() {
    List<Offload> all = new ArrayList<>();
    for (String name : List.of("checksum", "TSO", "USO")) {
      all.add(offload(tun.name(), name, tun.whyOff(name)));
    }
    String off = "switched off by configuration";
    all.add(offload(tun.name(), "coalescing", coalescing ? "" : off));
    for (UdpSocket socket : sockets) {
      String where = socket.localAddress().toString();
      add(all, offload(where, "UDP_SEGMENT", socket.noSegmentation()));
      add(all, offload(where, "UDP_GRO", socket.noCoalescing()));
    }
    return all;
  }

  /** The sockets of one address are told as one, which is on when it is on everywhere. */
  private static void add(List<Offload> all, Offload one) {
    for (int i = 0; i < all.size(); i++) {
      Offload other = all.get(i);
      if (other.where().equals(one.where()) && other.name().equals(one.name())) {
        all.set(i, other.on() ? one : other);
        return;
      }
    }
    all.add(one);
  }

  private static Offload offload(String where, String name, String whyOff) {
    return new Offload(where, name, whyOff.isEmpty(), whyOff.isEmpty() ? "in use" : whyOff);
  }

  @Override
  public void close() {
    sockets.forEach(UdpSocket::close);
    rawSockets.forEach(RawSocket::close);
    tun.close();
  }
}
