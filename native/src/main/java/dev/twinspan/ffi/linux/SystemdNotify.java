package dev.twinspan.ffi.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Tells systemd how the service does, sd_notify(3), by datagrams to the socket that NOTIFY_SOCKET
 * names. Without that variable, and when systemd does not take a message, nothing happens: a
 * service must not die of it. For one thread at a time; never blocks.
 */
public final class SystemdNotify implements AutoCloseable {
  /** sockaddr_un: family u16, then the path. */
  private static final int PATH = 2;

  private static final int NO_SOCKET = -1;

  private final int fd;
  private final byte[] path;
  private final Optional<Duration> watchdog;
  private String reason;

  private SystemdNotify(int fd, byte[] path, Optional<Duration> watchdog, String reason) {
    this.fd = fd;
    this.path = path;
    this.watchdog = watchdog;
    this.reason = reason;
  }

  /**
   * @param environment {@link System#getenv()}
   */
  public static SystemdNotify of(Map<String, String> environment) {
    Optional<Duration> watchdog = watchdog(environment);
    String address = environment.get("NOTIFY_SOCKET");
    if (address == null || address.isEmpty()) {
      return off(watchdog, "not started by systemd: NOTIFY_SOCKET is not set");
    }
    byte[] path = address.getBytes(StandardCharsets.UTF_8);
    if (path[0] != '/' && path[0] != '@') {
      return off(watchdog, "NOTIFY_SOCKET=" + address + ": only Unix sockets are served");
    }
    if (path.length >= Sockaddr.UNIX_PATH_ROOM) {
      return off(watchdog, "NOTIFY_SOCKET=" + address + " is longer than a socket path may be");
    }
    try {
      int type = SocketCalls.SOCK_DGRAM | SocketCalls.SOCK_NONBLOCK;
      int fd = SocketCalls.socket(Sockaddr.AF_UNIX, type, 0, "unix datagram for systemd");
      return new SystemdNotify(fd, path, watchdog, "notifying " + address);
    } catch (KernelException e) {
      return off(watchdog, e.toString());
    }
  }

  private static SystemdNotify off(Optional<Duration> watchdog, String reason) {
    return new SystemdNotify(NO_SOCKET, new byte[0], watchdog, reason);
  }

  /**
   * Half of WATCHDOG_USEC, as sd_watchdog_enabled(3) advises, when it is meant for this process.
   */
  private static Optional<Duration> watchdog(Map<String, String> environment) {
    String pid = environment.get("WATCHDOG_PID");
    if (pid != null && !pid.equals(Long.toString(ProcessHandle.current().pid()))) {
      return Optional.empty();
    }
    try {
      long microseconds = Long.parseLong(environment.getOrDefault("WATCHDOG_USEC", "0"));
      return microseconds <= 0
          ? Optional.empty()
          : Optional.of(Duration.ofNanos(Math.multiplyExact(microseconds, 500L)));
    } catch (NumberFormatException | ArithmeticException _) {
      return Optional.empty();
    }
  }

  /** How often {@link #alive} wants to be called; empty when there is no watchdog. */
  public Optional<Duration> watchdogInterval() {
    return watchdog;
  }

  /** In words, for status: where messages go, or why nowhere, or what became of the last. */
  public String reason() {
    return reason;
  }

  /**
   * Start-up, or a reload, is finished.
   *
   * @param status one line for {@code systemctl status}
   * @return whether systemd took it, as of all that follow
   */
  public boolean ready(String status) {
    return send("READY=1\nSTATUS=" + oneLine(status));
  }

  /** One line for {@code systemctl status}. */
  public boolean status(String status) {
    return send("STATUS=" + oneLine(status));
  }

  /** Feeds the watchdog. */
  public boolean alive() {
    return send("WATCHDOG=1");
  }

  /** The configuration is being read anew; {@link #ready} ends it. For Type=notify-reload. */
  public boolean reloading() {
    return send("RELOADING=1\nMONOTONIC_USEC=" + Clocks.monotonic() / 1000);
  }

  public boolean stopping() {
    return send("STOPPING=1");
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\R", " ");
  }

  private boolean send(String message) {
    if (fd == NO_SOCKET) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
      int n =
          SocketCalls.sendto(
              fd, arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes), address(arena, path));
      String name = new String(path, StandardCharsets.UTF_8);
      reason = n >= 0 ? "notifying " + name : name + " took no message: " + Errno.describe(-n);
      return n >= 0;
    }
  }

  /** A leading '@' stands for the NUL of an abstract address, which has no NUL at its end. */
  static MemorySegment address(Arena arena, byte[] path) {
    boolean isAbstract = path[0] == '@';
    MemorySegment address = arena.allocate(PATH + path.length + (isAbstract ? 0L : 1L), 8);
    address.set(Abi.U16, 0, (short) Sockaddr.AF_UNIX);
    MemorySegment.copy(path, 0, address, ValueLayout.JAVA_BYTE, PATH, path.length);
    if (isAbstract) {
      address.set(Abi.U8, PATH, (byte) 0);
    }
    return address;
  }

  @Override
  public void close() {
    if (fd != NO_SOCKET) {
      FileCalls.close(fd);
    }
  }
}
