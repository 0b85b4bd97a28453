package dev.twinspan.datapath.worker;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;

/**
 * One socket of the WAN side. Receiving is for one worker, sending for one more, each with its own
 * state; calls return a byte count or {@code -errno}. In production a UDP or raw socket; in tests
 * also a wire in memory.
 */
public interface Wan {
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
