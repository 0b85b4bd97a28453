package dev.twinspan.agent.fleet.desired;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Puts one text in the place of another, so that a crash leaves the one or the other. */
public final class DurableFile {
  private static final Set<PosixFilePermission> OURS = PosixFilePermissions.fromString("rw-------");

  private DurableFile() {}

  /**
   * Keeps owner and mode where there was a file before.
   *
   * @throws IOException when it is not on the disk
   */
  public static void write(Path named, String text) throws IOException {
    Path file = Files.exists(named) ? named.toRealPath() : named.toAbsolutePath();
    Path folder = file.getParent();
    if (folder == null) {
      throw new IOException(named + " is no file");
    }
    Path next = folder.resolve(file.getFileName() + ".new");
    Files.deleteIfExists(next);
    try (FileChannel channel =
        FileChannel.open(
            next,
            EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(OURS))) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      if (Files.exists(file)) {
        imitate(file, next);
      }
      channel.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
      names.force(true); // the name itself, fsync(2)
    }
  }

  private static void imitate(Path file, Path next) throws IOException {
    PosixFileAttributes was = Files.readAttributes(file, PosixFileAttributes.class);
    PosixFileAttributeView is = Files.getFileAttributeView(next, PosixFileAttributeView.class);
    PosixFileAttributes now = is.readAttributes();
    if (!was.owner().equals(now.owner())) {
      is.setOwner(was.owner());
    }
    if (!was.group().equals(now.group())) {
      is.setGroup(was.group());
    }
    is.setPermissions(was.permissions());
  }
}
