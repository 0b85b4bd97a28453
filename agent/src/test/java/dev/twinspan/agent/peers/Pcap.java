package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.netns.Capture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A reader of tcpdump's files for IPv4 on Ethernet (link type 1): enough to tell TCP flows apart.
 *
 * <pre>
 * file:   magic u32, …, link type u32 at 20; records from 24
 * record: seconds u32, microseconds u32, captured length u32, length u32, packet
 * </pre>
 */
final class Pcap {
  private static final int FILE_HEADER = 24;
  private static final int RECORD_HEADER = 16;
  private static final int ETHERNET = 14;
  private static final int MAGIC_MICROSECONDS = 0xa1b2c3d4;
  static final int TCP = 6;
  static final int UDP = 17;

  /** When a flow was first and last seen, in microseconds of the epoch. */
  record Seen(long first, long last, int packets) {
    Seen and(long time) {
      return new Seen(first, time, packets + 1);
    }
  }

  private Pcap() {}

  /** TCP source port → when it was seen; of packets with payload or without. */
  static Map<Integer, Seen> tcpSourcePorts(Path file) throws IOException {
    return sourcePorts(file, TCP);
  }

  /**
   * @param protocol one with ports
   */
  static Map<Integer, Seen> sourcePorts(Path file, int protocol) throws IOException {
    Map<Integer, Seen> flows = new TreeMap<>();
    each(
        file,
        protocol,
        (time, port) -> flows.merge(port, new Seen(time, time, 1), (old, _) -> old.and(time)));
    return flows;
  }

  /** Each packet's time in microseconds and source port, in the order they came. */
  static List<Packet> packets(Path file, int protocol) throws IOException {
    List<Packet> packets = new ArrayList<>();
    each(file, protocol, (time, port) -> packets.add(new Packet(time, port)));
    return packets;
  }

  record Packet(long time, int port) {}

  /**
   * How often each flow was seen behind another instance than before.
   *
   * @param captures one behind each instance
   */
  static Map<Integer, Integer> moves(List<Capture> captures, int protocol) throws IOException {
    record Seen(Packet packet, int instance) {}
    List<Seen> all = new ArrayList<>();
    for (int i = 0; i < captures.size(); i++) {
      for (Packet packet : packets(captures.get(i).file(), protocol)) {
        all.add(new Seen(packet, i));
      }
    }
    all.sort(Comparator.comparingLong(seen -> seen.packet().time()));
    Map<Integer, Integer> at = new TreeMap<>();
    Map<Integer, Integer> moves = new TreeMap<>();
    for (Seen seen : all) {
      int port = seen.packet().port();
      Integer before = at.put(port, seen.instance());
      moves.merge(port, before == null || before == seen.instance() ? 0 : 1, Integer::sum);
    }
    return moves;
  }

  private interface Sink {
    void accept(long time, int port);
  }

  private static void each(Path file, int protocol, Sink sink) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
    if (bytes.limit() < FILE_HEADER) {
      return; // tcpdump has only just begun
    }
    if (bytes.getInt(0) != MAGIC_MICROSECONDS) {
      throw new IOException(file + " is no pcap of this machine's byte order");
    }
    for (int at = FILE_HEADER; at + RECORD_HEADER <= bytes.limit(); ) {
      int length = bytes.getInt(at + 8);
      int packet = at + RECORD_HEADER + ETHERNET;
      at += RECORD_HEADER + length;
      // tcpdump may have been ended in the middle of a record.
      if (at > bytes.limit() || bytes.get(packet + 9) != protocol) {
        continue;
      }
      long time =
          Integer.toUnsignedLong(bytes.getInt(packet - ETHERNET - RECORD_HEADER)) * 1_000_000
              + bytes.getInt(packet - ETHERNET - RECORD_HEADER + 4);
      int ports = packet + (bytes.get(packet) & 0xf) * 4;
      sink.accept(time, (bytes.get(ports) & 0xff) << 8 | (bytes.get(ports + 1) & 0xff));
    }
  }
}
