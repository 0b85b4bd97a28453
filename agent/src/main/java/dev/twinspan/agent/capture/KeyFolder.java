package dev.twinspan.agent.capture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A folder that Wireshark and tshark take as their configuration ({@code WIRESHARK_CONFIG_DIR}),
 * with the keys of a capture in it: for its owner alone (0700, files 0600).
 */
public final class KeyFolder implements AutoCloseable {
  public static final String IKE = "ikev2_decryption_table";
  public static final String ESP = "esp_sa";

  private static final String PREFERENCES =
      """
      # Written by twinspan capture.
      esp.enable_encryption_decode: TRUE
      """;

  private final Path path;
  private final FileChannel ike;
  private final FileChannel esp;
  private int ikeSas;
  private int childSas;

  private KeyFolder(Path path) throws IOException {
    this.path = path;
    ike = create(IKE);
    esp = create(ESP);
    try (FileChannel preferences = create("preferences")) {
      write(preferences, PREFERENCES.getBytes(StandardCharsets.US_ASCII));
    }
  }

  /**
   * Makes the folder, or takes one of the owner's own rights; its key files are new.
   *
   * @throws IOException with one sentence for the user
   */
  public static KeyFolder open(Path path) throws IOException {
    Set<PosixFilePermission> own = PosixFilePermissions.fromString("rwx------");
    try {
      Files.createDirectory(path, PosixFilePermissions.asFileAttribute(own));
    } catch (FileAlreadyExistsException _) {
      refuseWider(path, own);
    } catch (IOException e) {
      throw new IOException("--with-keys %s cannot be made: %s".formatted(path, e), e);
    }
    return new KeyFolder(path);
  }

  private static void refuseWider(Path path, Set<PosixFilePermission> own) throws IOException {
    PosixFileAttributes there =
        Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!there.isDirectory()) {
      throw new IOException(
          "--with-keys %s is there and is no folder: name a new one".formatted(path));
    }
    boolean ours = there.owner().equals(Files.getOwner(Path.of("/proc/self")));
    if (!ours || !own.containsAll(there.permissions())) {
      throw new IOException(
          "--with-keys %s belongs to %s with rights %s, expected yours alone (rwx------): chmod it,"
                  .formatted(
                      path, there.owner(), PosixFilePermissions.toString(there.permissions()))
              + " or name a new one");
    }
  }

  private FileChannel create(String name) throws IOException {
    Path file = path.resolve(name);
    Files.deleteIfExists(file);
    FileAttribute<?> mode =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    return FileChannel.open(
        file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mode);
  }

  private static void write(FileChannel file, byte[] lines) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(lines);
    while (left.hasRemaining()) {
      file.write(left);
    }
  }

  /**
   * @param type {@link Capture#IKE_KEYS} or {@link Capture#ESP_KEYS}
   */
  void add(int type, byte[] lines) throws IOException {
    if (type == Capture.IKE_KEYS) {
      ikeSas++;
      write(ike, lines);
    } else if (type == Capture.ESP_KEYS) {
      childSas++;
      write(esp, lines);
    }
  }

  public Path path() {
    return path;
  }

  public int ikeSas() {
    return ikeSas;
  }

  public int childSas() {
    return childSas;
  }

  @Override
  public void close() throws IOException {
    ike.close();
    esp.close();
  }
}
