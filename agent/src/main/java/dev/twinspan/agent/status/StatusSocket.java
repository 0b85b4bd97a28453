package dev.twinspan.agent.status;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Puts a listening Unix socket at a path. The socket is made in a private folder beside the path,
 * given its mode there and moved into place, so that nobody finds it with another mode and a socket
 * left by a crash is replaced in one step.
 */
final class StatusSocket {
  private static final String MODE = "rw-rw----";

  /** {@code sun_path} holds 108 bytes with the terminator (unix(7)). */
  private static final int LONGEST_PATH = 107;

  private StatusSocket() {}

  /**
   * @throws IOException with one sentence when another agent answers there, or the folder cannot be
   *     written
   */
  static Channel bind(ServerBootstrap bootstrap, Path path) throws IOException {
    Path folder = path.toAbsolutePath().normalize().getParent();
    if (folder == null) {
      throw new IOException("status.socket " + path + " is no path of a socket");
    }
    refuseIfTaken(path);
    Files.createDirectories(folder);
    Path workshop = folder.resolve(".tw" + ProcessHandle.current().pid());
    Path made = workshop.resolve("s");
    if (Math.max(length(path), length(made)) > LONGEST_PATH) {
      throw new IOException(
          "status.socket %s is too long for a Unix socket: expected at most %d bytes"
              .formatted(path, LONGEST_PATH - ".tw4194304/s".length()));
    }
    clear(workshop);
    Files.createDirectory(
        workshop,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try {
      Channel channel =
          bootstrap.bind(UnixDomainSocketAddress.of(made)).syncUninterruptibly().channel();
      try {
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(MODE));
        move(made, path);
      } catch (IOException e) {
        channel.close();
        throw e;
      }
      return channel;
    } finally {
      clear(workshop);
    }
  }

  static void refuseIfTaken(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (Files.isRegularFile(path) || Files.isDirectory(path)) {
      throw new IOException(
          "status.socket %s is there and is no socket: remove it, or set another path"
              .formatted(path));
    }
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException stale) {
      // Nobody listens: a crash left it behind.
      return;
    }
    throw new IOException(
        "another agent answers on %s: stop it, or set another status.socket".formatted(path));
  }

  private static void move(Path made, Path path) throws IOException {
    try {
      Files.move(made, path, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("status.socket " + path + " is on a strange file system", e);
    }
  }

  private static void clear(Path workshop) throws IOException {
    Files.deleteIfExists(workshop.resolve("s"));
    Files.deleteIfExists(workshop);
  }

  private static int length(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8).length;
  }
}
