package dev.twinspan.agent.ike.crypto;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERSequence;
import org.jspecify.annotations.Nullable;

/**
 * A signature in an AUTH payload.
 *
 * <p>Method 14, RFC 7427 section 3:
 *
 * <pre>
 * | ASN.1 Length  | AlgorithmIdentifier ASN.1 object              |
 * ~                        Signature Value                        ~
 * </pre>
 *
 * Methods 9 and 10, RFC 4754: r | s, each as long as the curve's order. Method 1 is SHA-1 with
 * everybody who still sends it, and not taken.
 */
public record SignatureAuth(SignatureScheme scheme, byte[] signature) {
  /** "Digital Signature", RFC 7427. */
  public static final int DIGITAL_SIGNATURE = 14;

  /** "RSA Digital Signature", RFC 7296 section 3.8. */
  public static final int RSA = 1;

  /** "ECDSA with SHA-256 on the P-256 curve", RFC 4754. */
  public static final int ECDSA_256 = 9;

  /** "ECDSA with SHA-384 on the P-384 curve", RFC 4754. */
  public static final int ECDSA_384 = 10;

  /** Whether the method is one of those that {@link #decode} knows. */
  public static boolean isSignature(int method) {
    return method == DIGITAL_SIGNATURE || method == ECDSA_256 || method == ECDSA_384;
  }

  /**
   * Null for what is no signature in a scheme that is accepted.
   *
   * @param key whose it is said to be: methods 9 and 10 name its curve
   */
  public static @Nullable SignatureAuth decode(int method, byte[] data, VerificationKey key) {
    return switch (method) {
      case DIGITAL_SIGNATURE -> digitalSignature(data);
      case ECDSA_256 -> plain(data, 256, SignatureHash.SHA2_256, key);
      case ECDSA_384 -> plain(data, 384, SignatureHash.SHA2_384, key);
      default -> null;
    };
  }

  private static @Nullable SignatureAuth digitalSignature(byte[] data) {
    int length = data.length == 0 ? 0 : data[0] & 0xff;
    if (length == 0 || 1 + length > data.length) {
      return null;
    }
    SignatureScheme scheme = SignatureScheme.of(Arrays.copyOfRange(data, 1, 1 + length));
    return scheme == null
        ? null
        : new SignatureAuth(scheme, Arrays.copyOfRange(data, 1 + length, data.length));
  }

  private static @Nullable SignatureAuth plain(
      byte[] data, int bits, SignatureHash hash, VerificationKey key) {
    int half = bits / 8;
    if (key.curveBits() != bits || data.length != 2 * half) {
      return null;
    }
    DERSequence der =
        new DERSequence(
            new ASN1Integer[] {
              new ASN1Integer(new BigInteger(1, Arrays.copyOf(data, half))),
              new ASN1Integer(new BigInteger(1, Arrays.copyOfRange(data, half, 2 * half)))
            });
    try {
      return new SignatureAuth(SignatureScheme.ecdsa(hash), der.getEncoded());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Data of an AUTH payload with {@link #DIGITAL_SIGNATURE}. */
  public byte[] encode() {
    byte[] identifier = scheme.algorithmIdentifier();
    return ByteBuffer.allocate(1 + identifier.length + signature.length)
        .put((byte) identifier.length)
        .put(identifier)
        .put(signature)
        .array();
  }

  /** Data of an AUTH payload with method 9 or 10, for peers from before RFC 7427. */
  public byte[] encodePlain(int curveBits) {
    int half = curveBits / 8;
    byte[] data = new byte[2 * half];
    try {
      ASN1Sequence pair = ASN1Sequence.getInstance(ASN1Primitive.fromByteArray(signature));
      for (int i = 0; i < 2; i++) {
        byte[] number =
            ASN1Integer.getInstance(pair.getObjectAt(i)).getPositiveValue().toByteArray();
        int length = Math.min(half, number.length);
        System.arraycopy(number, number.length - length, data, (i + 1) * half - length, length);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return data;
  }

  /** Data of SIGNATURE_HASH_ALGORITHMS, RFC 7427 section 4: the hashes we take. */
  public static byte[] hashAlgorithms() {
    ByteBuffer data = ByteBuffer.allocate(2 * SignatureHash.values().length);
    for (SignatureHash hash : SignatureHash.values()) {
      data.putShort((short) hash.id());
    }
    return data.array();
  }

  /** Those of a peer that we know, in its order. */
  public static List<SignatureHash> hashAlgorithms(byte[] data) {
    List<SignatureHash> hashes = new ArrayList<>();
    for (int i = 0; i + 1 < data.length; i += 2) {
      int id = (data[i] & 0xff) << 8 | data[i + 1] & 0xff;
      for (SignatureHash hash : SignatureHash.values()) {
        if (hash.id() == id && !hashes.contains(hash)) {
          hashes.add(hash);
        }
      }
    }
    return List.copyOf(hashes);
  }
}
