package dev.twinspan.datapath.worker;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;

/**
 * One socket of the WAN side. Receiving is for one worker, sending for one more, each with its own
 * state; calls return a byte count or {@code -errno}. In production a UDP or raw socket; in tests
 * also a wire in memory.
 */
public interface Wan {
  /** UDP_MAX_SEGMENTS of kernels before 6.10. */
  int MAX_SEGMENTS = 64;

  /** Largest UDP payload over IPv4. */
  int MAX_SEND = 65507;

  /** What comes out of it. */
  enum Kind {
    /** ESP, NAT keepalives, IKE behind the non-ESP marker: RFC 3948. */
    ESP_IN_UDP,
    /** IKE alone. */
    IKE,
    /** ESP alone, protocol 50. */
    RAW_ESP
  }

  /** Where one tunnel's packets go, encoded once; owned by the sending worker. */
  interface Destination {
    /** Encodes new addresses; allocates. */
    void address(InetSocketAddress local, InetSocketAddress remote);
  }

  /** How many datagrams of {@code size} bytes one send carries at most. */
  static int most(int size) {
    return Math.clamp(MAX_SEND / size, 1, MAX_SEGMENTS);
  }

  /**
   * How many of a run of datagrams leave in the next send: what does not fill one goes first. It
   * wakes the other end, which then finds the rest there when it looks; behind the rest it would
   * come by itself, be written by itself and be acknowledged by itself.
   *
   * @param left of the run
   * @param most of a send
   */
  static int next(int left, int most) {
    int rest = left % most;
    return rest == 0 ? most : rest;
  }

  Kind kind();

  /** As bound; the wildcard takes every address of its family. */
  InetSocketAddress localAddress();

  /** Receives one datagram, or a run of datagrams of equal size, the last may be shorter. */
  int receive(MemorySegment buffer, long offset, int length);

  /** After receive: bytes of each datagram but the last. */
  int segmentSize();

  /** After receive: TOS or traffic class of the outer header. */
  int tos();

  /** After receive: the sender, IPv4 as {@code ::ffff:a.b.c.d}. */
  long peerHigh();

  long peerLow();

  int peerPort();

  /** After receive: the sender as an object; allocates. */
  InetSocketAddress peer();

  /** After receive: the address it came to; allocates. */
  InetSocketAddress local();

  Destination newDestination();

  /** Whether a send may carry a run of datagrams. */
  boolean segmentation();

  /** A NIC refused a run: from now on one datagram a send, with the reason kept for status. */
  void disableSegmentation(String reason);

  /**
   * Sends {@code length} bytes as datagrams of {@code segmentSize}, the last may be shorter.
   *
   * @param segmentSize 0: it is one datagram
   */
  int send(
      MemorySegment buffer,
      long offset,
      int length,
      int segmentSize,
      int tos,
      Destination destination);
}
