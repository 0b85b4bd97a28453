package dev.twinspan.ffi.linux;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells what changes in the kernel's links, addresses, routes and rules, from when it was opened.
 * Of the network namespace of the thread that opened it; for one thread at a time, either one that
 * waits here ({@link #await}) or an event loop that watches {@link #fd}.
 *
 * <p>Open it before listing tables with {@link RouteNetlink}, so that no change falls between.
 */
public final class RouteMonitor implements AutoCloseable {
  /** RTMGRP_*: IPv4 and IPv6 of each. */
  public enum Topic {
    LINKS(0x1),
    ADDRESSES(0x10 | 0x100),
    ROUTES(0x40 | 0x400),
    RULES(0x80 | 0x40000);

    private final int groups;

    Topic(int groups) {
      this.groups = groups;
    }
  }

  /** Datagrams taken in one {@link #poll}, so that a storm does not hold up the caller's loop. */
  private static final int DATAGRAMS_A_POLL = 64;

  private final NetlinkSocket socket;

  private RouteMonitor(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Needs no privilege. */
  public static RouteMonitor open(Topic... topics) {
    int groups = 0;
    for (Topic topic : topics) {
      groups |= topic.groups;
    }
    return new RouteMonitor(new NetlinkSocket(groups));
  }

  /** Readable when there are events. */
  public int fd() {
    return socket.fd();
  }

  /** Waits until there may be events; false when none came in that time. */
  public boolean await(Duration atMost) {
    return socket.await((int) Math.min(Integer.MAX_VALUE, atMost.toMillis()));
  }

  /**
   * Events since the last time, oldest first, without waiting; empty when there are none. There may
   * be more behind: ask until it is empty, or until the descriptor is readable again.
   */
  public List<RouteEvent> poll() {
    List<RouteEvent> events = new ArrayList<>();
    for (int i = 0; i < DATAGRAMS_A_POLL; i++) {
      switch (socket.receive()) {
        case NetlinkSocket.Received.Datagram(var datagram) -> {
          for (NetlinkMessage message : NetlinkMessage.split(datagram)) {
            RouteEvent event = Rtnetlink.event(message);
            if (event != null) {
              events.add(event);
            }
          }
        }
        case NetlinkSocket.Received.Failed(int errno) when errno == Errno.ENOBUFS ->
            events.add(new RouteEvent.Overrun());
        case NetlinkSocket.Received.Failed(int errno) when errno == Errno.EAGAIN -> {
          return events;
        }
        case NetlinkSocket.Received.Failed(int errno) ->
            throw new KernelException("recvfrom(netlink monitor)", errno);
      }
    }
    return events;
  }

  @Override
  public void close() {
    socket.close();
  }
}
