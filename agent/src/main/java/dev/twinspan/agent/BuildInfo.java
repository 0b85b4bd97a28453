package dev.twinspan.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * What the build wrote down about itself.
 *
 * @param commit shortened; {@code unknown} when built outside a repository
 */
public record BuildInfo(String version, String commit) {
  private static final String RESOURCE = "build.properties";

  public static BuildInfo load() {
    Properties properties = new Properties();
    try (InputStream in = BuildInfo.class.getResourceAsStream(RESOURCE)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(RESOURCE, e);
    }
    String commit = properties.getProperty("commit", "");
    return new BuildInfo(
        properties.getProperty("version", "unknown"),
        commit.isEmpty() || commit.startsWith("$") ? "unknown" : commit);
  }

  @Override
  public String toString() {
    return version + " (" + commit + ")";
  }
}
