package dev.twinspan.agent.crypto;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.bouncycastle.crypto.OutputDigestCalculator;
import org.bouncycastle.crypto.UpdateOutputStream;
import org.bouncycastle.crypto.fips.FipsSHS;

/**
 * SHA-256 (FIPS 180-4), by which configurations and bundles are known, in lower-case hexadecimal.
 * Any thread.
 */
public enum Sha256 {
  /** The JDK's: with the CPU's instructions, an order of magnitude faster. */
  JDK {
    @Override
    public String hex(InputStream in) throws IOException {
      MessageDigest digest;
      try {
        digest = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java has SHA-256", e);
      }
      byte[] buffer = new byte[BUFFER];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
      return HexFormat.of().formatHex(digest.digest());
    }
  },

  /** Bouncy Castle FIPS'; puts the calling thread into its approved mode. */
  FIPS_MODULE {
    @Override
    public String hex(InputStream in) throws IOException {
      FipsModule.enterApprovedMode();
      OutputDigestCalculator<?> digest =
          new FipsSHS.OperatorFactory<FipsSHS.Parameters>()
              .createOutputDigestCalculator(FipsSHS.SHA256);
      try (UpdateOutputStream octets = digest.getDigestStream()) {
        in.transferTo(octets);
      }
      return HexFormat.of().formatHex(digest.getDigest());
    }
  };

  private static final int BUFFER = 64 << 10;

  /**
   * @param fips whether this box's cryptography is the module's
   */
  public static Sha256 of(boolean fips) {
    return fips ? FIPS_MODULE : JDK;
  }

  /** Of all that is left of it. */
  public abstract String hex(InputStream in) throws IOException;

  public String hex(byte[] bytes) {
    try {
      return hex(new ByteArrayInputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException("a stream of memory", e);
    }
  }

  /** Of the text in UTF-8. */
  public String hex(String text) {
    return hex(text.getBytes(StandardCharsets.UTF_8));
  }
}
