package dev.twinspan.ffi.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Hands records to systemd-journald by datagrams to its socket. Not connected to it, so that a
 * journald that was started anew is spoken to, too. Any thread, several at once; never blocks.
 */
public final class JournalSocket implements AutoCloseable {
  /** Where journald listens. */
  public static final String PATH = "/run/systemd/journal/socket";

  private final int fd;
  private final byte[] path;

  private JournalSocket(int fd, byte[] path) {
    this.fd = fd;
    this.path = path;
  }

  /**
   * @param path of the socket, below 108 bytes
   * @throws KernelException when there is no such kind of socket to be had
   */
  public static JournalSocket to(String path) throws KernelException {
    byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length >= Sockaddr.UNIX_PATH_ROOM) {
      throw new IllegalArgumentException(
          "a socket path of %d bytes, expected 1 to %d"
              .formatted(bytes.length, Sockaddr.UNIX_PATH_ROOM - 1));
    }
    int type = SocketCalls.SOCK_DGRAM | SocketCalls.SOCK_NONBLOCK;
    return new JournalSocket(
        SocketCalls.socket(Sockaddr.AF_UNIX, type, 0, "unix datagram for journald"), bytes);
  }

  /**
   * @param datagram one record
   * @return whether the kernel took it whole: not where nobody listens, does not keep up, or it is
   *     larger than a datagram may be
   */
  public boolean send(byte[] datagram) {
    try (Arena arena = Arena.ofConfined()) {
      int sent =
          SocketCalls.sendto(
              fd,
              arena.allocateFrom(ValueLayout.JAVA_BYTE, datagram),
              SystemdNotify.address(arena, path));
      return sent == datagram.length;
    }
  }

  @Override
  public void close() {
    FileCalls.close(fd);
  }
}
