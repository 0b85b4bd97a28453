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

/** The TUN and the sockets, opened together and closed together. Control thread. */
final class DatapathDevices implements AutoCloseable {
  private final Tun.Device tun;
  private final boolean coalescing;
  private final TunLan lan;
  private final List<Wan> wans = new ArrayList<>();
  private final List<Integer> descriptors = new ArrayList<>();
  private final List<UdpSocket> sockets = new ArrayList<>();
  private final List<RawSocket> rawSockets = new ArrayList<>();

  private DatapathDevices(Tun.Device tun, boolean coalescing) {
    this.tun = tun;
    this.coalescing = coalescing;
    lan = new TunLan(tun, coalescing);
  }

  static DatapathDevices open(DatapathConfig config) {
    Tun.Options wanted = config.tun();
    Tun.Options one =
        new Tun.Options(
            wanted.name(), 1, wanted.mtu(), config.offloads().tun(), wanted.persistent());
    DatapathDevices devices = new DatapathDevices(Tun.open(one), config.offloads().coalescing());
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
    UdpSocket socket =
        UdpSocket.open(
            new UdpSocket.Options(endpoint.local(), config.mark(), true, config.socketBufferBytes())
                .withOffloads(config.offloads().udpSegment(), config.offloads().udpGro())
                .withDevice(endpoint.device()));
    sockets.add(socket);
    Wan.Kind kind =
        switch (endpoint.kind()) {
          case ESP_IN_UDP -> Wan.Kind.ESP_IN_UDP;
          case IKE -> Wan.Kind.IKE;
        };
    wans.add(new UdpWan(socket, kind));
    descriptors.add(socket.fd());
  }

  private void addRaw(DatapathConfig config, InetAddress address) {
    InetSocketAddress local = new InetSocketAddress(address, 0);
    RawSocket socket =
        RawSocket.open(
            new RawSocket.Options(local, RawSocket.ESP, config.mark(), config.socketBufferBytes())
                .withDevice(device(config, address)));
    rawSockets.add(socket);
    wans.add(new RawWan(socket, local));
    descriptors.add(socket.fd());
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

  TunLan lan() {
    return lan;
  }

  List<Wan> wans() {
    return wans;
  }

  /** Of {@link #wans}, in their order. */
  List<Integer> descriptors() {
    return descriptors;
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
      all.add(offload(where, "UDP_SEGMENT", socket.noSegmentation()));
      all.add(offload(where, "UDP_GRO", socket.noCoalescing()));
    }
    return all;
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
