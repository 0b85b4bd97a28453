package dev.twinspan.agent.bgp;

import java.net.InetAddress;

/**
 * TCP connections, at the edge: what {@link BgpAction} asks for. Any thread may call; nothing here
 * waits. What happens is reported to the {@link Listener} it was made with.
 */
public interface BgpTransport extends AutoCloseable {
  /** Reports from the transport's own thread, in order for each connection. */
  interface Listener {
    void connected(long connection);

    /**
     * @param connection negative
     */
    void accepted(long connection, InetAddress local, InetAddress remote);

    void received(long connection, byte[] bytes);

    /** Never after {@link BgpTransport#hangUp}. */
    void closed(long connection, String why);
  }

  void dial(BgpAction.Dial dial);

  void send(long connection, byte[] bytes);

  /** Closes it when all before is sent, or cannot be within a moment. */
  void hangUp(long connection);

  /** Whether every connection that was hung up has been closed by its peer, or given up. */
  boolean quiet();

  @Override
  void close();
}
