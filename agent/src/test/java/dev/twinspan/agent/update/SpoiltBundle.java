package dev.twinspan.agent.update;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/** What may happen to a bundle on its way. */
public final class SpoiltBundle {
  private SpoiltBundle() {}

  /** Two thirds of it are left. */
  public static Path truncate(Path file) throws IOException {
    try (RandomAccessFile bundle = new RandomAccessFile(file.toFile(), "rw")) {
      bundle.setLength(bundle.length() * 2 / 3);
    }
    return file;
  }

  /** One bit, in the middle of the root file system, which the verity tree covers. */
  public static Path flip(Path file) throws IOException {
    try (RandomAccessFile bundle = new RandomAccessFile(file.toFile(), "rw")) {
      long middle = bundle.length() / 2;
      bundle.seek(middle);
      int octet = bundle.read();
      bundle.seek(middle);
      bundle.write(octet ^ 1);
    }
    return file;
  }
}
