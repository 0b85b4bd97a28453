package dev.twinspan.agent.config;

import dev.twinspan.agent.ike.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a pre-shared key. Azure takes printable ASCII except space, hyphen and tilde, at most 128
 * characters (VPN Gateway FAQ). The key itself is never put into a sentence.
 */
public final class SecretFile {
  private static final int LONGEST = 128;
  private static final Set<PosixFilePermission> OWNER =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private SecretFile() {}

  /** Null when a problem has been reported. */
  static @Nullable Secret read(Path file, String path, Problems problems) {
    try {
      if (!Files.isRegularFile(file)) {
        throw Files.exists(file)
            ? new IOException("is not a plain file")
            : new NoSuchFileException(file.toString());
      }
      return isPrivate(file, path, problems) ? key(file, path, problems) : null;
    } catch (NoSuchFileException e) {
      problems.error(
          path,
          "secret file %s does not exist: put the connection's shared key there, mode 0600"
              .formatted(file));
    } catch (AccessDeniedException e) {
      problems.error(
          path,
          "secret file %s may not be read by user %s: run as its owner, or change the owner"
              .formatted(file, System.getProperty("user.name")));
    } catch (IOException e) {
      problems.error(path, "secret file %s cannot be read: %s".formatted(file, e.getMessage()));
    }
    return null;
  }

  /** Whether none but its owner may read it; if not, a problem has been reported. */
  static boolean isPrivate(Path file, String path, Problems problems) throws IOException {
    Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
    if (OWNER.containsAll(mode)) {
      return true;
    }
    problems.error(
        path,
        "secret file %s has the mode %s, so others may read it; expected 0600: chmod 600 %s"
            .formatted(file, octal(mode), file));
    return false;
  }

  private static @Nullable Secret key(Path file, String path, Problems problems)
      throws IOException {
    byte[] content;
    try (InputStream in = Files.newInputStream(file)) {
      content = in.readNBytes(LONGEST + 3); // the longest key, its line end, and one too many
    }
    byte[] key = Arrays.copyOf(content, withoutLineEnd(content));
    String fault = fault(key);
    Secret secret = fault == null ? new Secret(key) : null;
    Arrays.fill(content, (byte) 0);
    Arrays.fill(key, (byte) 0);
    if (fault != null) {
      problems.error(path, "secret file %s %s".formatted(file, fault));
    }
    return secret;
  }

  /** What Azure would not take of a key, without the key; null: nothing. */
  public static @Nullable String fault(byte[] key) {
    if (key.length == 0) {
      return "is empty: put the connection's shared key there";
    }
    if (key.length > LONGEST) {
      return "holds more than %d characters: Azure takes at most that many".formatted(LONGEST);
    }
    for (int i = 0; i < key.length; i++) {
      if (key[i] <= ' ' || key[i] == '-' || key[i] >= '~') {
        return ("holds %s as character %d: Azure takes printable ASCII except space, hyphen and"
                + " tilde; set another shared key on both sides")
            .formatted(name(key[i]), i + 1);
      }
    }
    return null;
  }

  private static String name(byte character) {
    return switch (character) {
      case ' ' -> "a space";
      case '-' -> "a hyphen";
      case '~' -> "a tilde";
      case '\n', '\r' -> "a line end";
      default -> "the byte 0x%02x".formatted(character);
    };
  }

  private static int withoutLineEnd(byte[] content) {
    int end = content.length;
    if (end > 0 && content[end - 1] == '\n') {
      end--;
    }
    return end > 0 && content[end - 1] == '\r' ? end - 1 : end;
  }

  private static String octal(Set<PosixFilePermission> mode) {
    String letters = PosixFilePermissions.toString(mode);
    StringBuilder octal = new StringBuilder("0");
    for (int i = 0; i < letters.length(); i += 3) {
      octal.append(
          (letters.charAt(i) == '-' ? 0 : 4)
              + (letters.charAt(i + 1) == '-' ? 0 : 2)
              + (letters.charAt(i + 2) == '-' ? 0 : 1));
    }
    return octal.toString();
  }
}
