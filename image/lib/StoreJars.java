import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Rewrites jars so that their entries are stored and not packed: the bundle of an image is packed
 * as a whole, and what is packed already cannot be packed again (30 MB of them take 6.5 in it in
 * place of 11.8). Signed jars, Bouncy Castle's modules, stay what their maker made.
 *
 * <p>{@code java StoreJars.java JAR…}, which are replaced.
 */
public final class StoreJars {
  private StoreJars() {}

  public static void main(String[] args) throws IOException {
    for (String arg : args) {
      Path path = Path.of(arg);
      byte[] stored;
      try (ZipFile jar = new ZipFile(path.toFile())) {
        List<? extends ZipEntry> entries = jar.stream().toList();
        if (entries.stream().anyMatch(entry -> entry.getName().matches("META-INF/[^/]+\\.SF"))) {
          continue;
        }
        stored = store(jar, entries);
      }
      Files.write(path, stored);
    }
  }

  private static byte[] store(ZipFile jar, List<? extends ZipEntry> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (ZipEntry entry : entries) {
        byte[] content;
        try (InputStream in = jar.getInputStream(entry)) {
          content = in.readAllBytes();
        }
        CRC32 crc = new CRC32();
        crc.update(content);
        ZipEntry copy = new ZipEntry(entry.getName());
        copy.setLastModifiedTime(entry.getLastModifiedTime());
        copy.setMethod(ZipEntry.STORED);
        copy.setSize(content.length);
        copy.setCrc(crc.getValue());
        out.putNextEntry(copy);
        out.write(content);
        out.closeEntry();
      }
    }
    return bytes.toByteArray();
  }
}
