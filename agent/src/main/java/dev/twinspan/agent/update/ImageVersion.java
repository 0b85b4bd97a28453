package dev.twinspan.agent.update;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Which image runs: {@code IMAGE_VERSION} of os-release(5), as image/build writes it. */
public final class ImageVersion {
  /** Of the image that runs. */
  public static final Path OS_RELEASE = Path.of("/etc/os-release");

  private static final String KEY = "IMAGE_VERSION=";

  private ImageVersion() {}

  /** Empty: it does not say. */
  public static String of(Path osRelease) {
    try {
      return Files.readAllLines(osRelease).stream()
          .filter(line -> line.startsWith(KEY))
          .map(line -> line.substring(KEY.length()).replaceAll("^[\"']|[\"']$", ""))
          .findFirst()
          .orElse("");
    } catch (IOException _) {
      return "";
    }
  }
}
