package dev.twinspan.agent.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/** PEM, RFC 7468; works on bytes, so that a private key leaves no string behind. */
final class Pem {
  private static final byte[] BEGIN = "-----BEGIN ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "-----END ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DASHES = "-----".getBytes(StandardCharsets.US_ASCII);

  private Pem() {}

  record Block(String label, byte[] der) {}

  /** The message tells nothing of the content. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }
  }

  /** All blocks with that label; text around them and other blocks are skipped. */
  static List<Block> blocks(byte[] text, String label) throws Malformed {
    return blocks(text).stream().filter(block -> block.label().equals(label)).toList();
  }

  private static List<Block> blocks(byte[] text) throws Malformed {
    List<Block> blocks = new ArrayList<>();
    int at = find(text, BEGIN, 0);
    while (at >= 0) {
      int labelStart = at + BEGIN.length;
      int labelEnd = find(text, DASHES, labelStart);
      int end = labelEnd < 0 ? -1 : find(text, END, labelEnd);
      if (end < 0) {
        throw new Malformed("a PEM block without its end");
      }
      String label = new String(text, labelStart, labelEnd - labelStart, StandardCharsets.US_ASCII);
      byte[] base64 = Arrays.copyOfRange(text, labelEnd + DASHES.length, end);
      try {
        blocks.add(new Block(label, Base64.getMimeDecoder().decode(base64)));
      } catch (IllegalArgumentException _) {
        throw new Malformed("a PEM block that is not base64");
      } finally {
        Arrays.fill(base64, (byte) 0);
      }
      at = find(text, BEGIN, end + END.length);
    }
    return blocks;
  }

  /** The first private key as PKCS #8: {@code PRIVATE KEY}, {@code RSA …} or {@code EC …}. */
  static byte[] privateKey(byte[] text) throws Malformed {
    List<Block> blocks = blocks(text);
    try {
      for (Block block : blocks) {
        switch (block.label()) {
          case "PRIVATE KEY" -> {
            return block.der().clone();
          }
          case "RSA PRIVATE KEY" -> {
            return pkcs8(
                new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
                RSAPrivateKey.getInstance(ASN1Primitive.fromByteArray(block.der())));
          }
          case "EC PRIVATE KEY" -> {
            ECPrivateKey key = ECPrivateKey.getInstance(ASN1Primitive.fromByteArray(block.der()));
            return pkcs8(
                new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, key.getParameters()),
                key);
          }
          case "ENCRYPTED PRIVATE KEY" -> throw new Malformed("it is encrypted");
          default -> {}
        }
      }
    } catch (IOException
        | ClassCastException
        | IllegalArgumentException
        | IllegalStateException _) {
      throw new Malformed("it cannot be read; encrypted keys are not");
    } finally {
      blocks.forEach(block -> Arrays.fill(block.der(), (byte) 0));
    }
    throw new Malformed("there is no -----BEGIN PRIVATE KEY-----");
  }

  private static byte[] pkcs8(
      AlgorithmIdentifier algorithm, org.bouncycastle.asn1.ASN1Encodable key) throws IOException {
    return new PrivateKeyInfo(algorithm, key).getEncoded();
  }

  private static int find(byte[] text, byte[] what, int from) {
    for (int i = from; i <= text.length - what.length; i++) {
      if (Arrays.equals(text, i, i + what.length, what, 0, what.length)) {
        return i;
      }
    }
    return -1;
  }
}
