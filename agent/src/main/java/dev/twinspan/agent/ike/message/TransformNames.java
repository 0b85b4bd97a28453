package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.ike.message.Proposal.Transform;
import org.jspecify.annotations.Nullable;

/**
 * Words for transforms: as the field writes them ({@code AES-CBC-256}, {@code MODP2048}) and as an
 * Azure policy writes them ({@code AES256}, {@code DHGroup14}). Numbers: IANA registry <a
 * href="https://www.iana.org/assignments/ikev2-parameters/ikev2-parameters.xhtml#ikev2-parameters-4">"IKEv2
 * Transform Type Values"</a> and the ones it leads to.
 */
public final class TransformNames {
  private TransformNames() {}

  /** {@code AES-CBC-256}, {@code PRF-HMAC-SHA2-256}, {@code HMAC-SHA2-256-128}, {@code ECP384} … */
  public static String describe(Transform transform) {
    int id = transform.id();
    return switch (transform.type()) {
      case Transform.ENCR -> encryption(id) + keyLength(transform);
      case Transform.PRF -> prf(id) + keyLength(transform);
      case Transform.INTEG -> integrity(id) + keyLength(transform);
      case Transform.DH -> group(id);
      case Transform.ESN -> id == 1 ? "ESN" : id == 0 ? "no ESN" : "ESN " + id;
      default -> "transform type " + transform.type() + " id " + id + keyLength(transform);
    };
  }

  private static String keyLength(Transform transform) {
    return switch (transform.keyLength()) {
      case 0 -> "";
      case Transform.UNKNOWN_ATTRIBUTE -> " with an unknown attribute";
      default -> "-" + transform.keyLength();
    };
  }

  private static String encryption(int id) {
    return switch (id) {
      case 2 -> "DES";
      case 3 -> "3DES";
      case 11 -> "NULL";
      case 12 -> "AES-CBC";
      case 13 -> "AES-CTR";
      case 14 -> "AES-CCM-8";
      case 15 -> "AES-CCM-12";
      case 16 -> "AES-CCM-16";
      case 18 -> "AES-GCM-8";
      case 19 -> "AES-GCM-12";
      case 20 -> "AES-GCM-16";
      case 21 -> "NULL-AES-GMAC";
      case 23 -> "CAMELLIA-CBC";
      case 28 -> "CHACHA20-POLY1305";
      default -> "encryption " + id;
    };
  }

  private static String prf(int id) {
    return switch (id) {
      case 1 -> "PRF-HMAC-MD5";
      case 2 -> "PRF-HMAC-SHA1";
      case 4 -> "PRF-AES128-XCBC";
      case 5 -> "PRF-HMAC-SHA2-256";
      case 6 -> "PRF-HMAC-SHA2-384";
      case 7 -> "PRF-HMAC-SHA2-512";
      case 8 -> "PRF-AES128-CMAC";
      default -> "PRF " + id;
    };
  }

  private static String integrity(int id) {
    return switch (id) {
      case 0 -> "no integrity";
      case 1 -> "HMAC-MD5-96";
      case 2 -> "HMAC-SHA1-96";
      case 5 -> "AES-XCBC-96";
      case 8 -> "AES-CMAC-96";
      case 12 -> "HMAC-SHA2-256-128";
      case 13 -> "HMAC-SHA2-384-192";
      case 14 -> "HMAC-SHA2-512-256";
      default -> "integrity " + id;
    };
  }

  private static String group(int id) {
    return switch (id) {
      case 0 -> "no group";
      case 1 -> "MODP768";
      case 2 -> "MODP1024";
      case 5 -> "MODP1536";
      case 14 -> "MODP2048";
      case 15 -> "MODP3072";
      case 16 -> "MODP4096";
      case 17 -> "MODP6144";
      case 18 -> "MODP8192";
      case 19 -> "ECP256";
      case 20 -> "ECP384";
      case 21 -> "ECP521";
      case 22 -> "MODP1024-160";
      case 23 -> "MODP2048-224";
      case 24 -> "MODP2048-256";
      case 25 -> "ECP192";
      case 26 -> "ECP224";
      case 31 -> "CURVE25519";
      case 32 -> "CURVE448";
      case 36 -> "ML-KEM-768";
      default -> "group " + id;
    };
  }

  /**
   * As the Azure policy's settings write it: the value of ikeEncryption, ikeIntegrity (which with
   * GCM names the PRF), dhGroup, or of ipsecEncryption, ipsecIntegrity, pfsGroup; {@link #describe}
   * when Azure has no word for it.
   *
   * @param protocol of its proposal: {@link Proposal#PROTOCOL_IKE} or {@link Proposal#PROTOCOL_ESP}
   */
  public static String azure(int protocol, Transform transform) {
    int id = transform.id();
    String word =
        switch (transform.type()) {
          case Transform.ENCR -> azureEncryption(id, transform.keyLength());
          case Transform.PRF -> azurePrf(id);
          case Transform.INTEG -> azureIntegrity(id);
          case Transform.DH ->
              protocol == Proposal.PROTOCOL_IKE ? azureDhGroup(id) : azurePfsGroup(id);
          default -> null;
        };
    return word == null ? describe(transform) : word;
  }

  private static @Nullable String azureEncryption(int id, int keyLength) {
    return switch (id) {
      case 2 -> "DES";
      case 3 -> "DES3";
      case 11 -> "None";
      case 12 -> aes("AES", keyLength);
      case 20 -> aes("GCMAES", keyLength);
      default -> null;
    };
  }

  /** RFC 3602 and RFC 4106: three key lengths. */
  private static @Nullable String aes(String prefix, int bits) {
    return bits == 128 || bits == 192 || bits == 256 ? prefix + bits : null;
  }

  private static @Nullable String azurePrf(int id) {
    return switch (id) {
      case 1 -> "MD5";
      case 2 -> "SHA1";
      case 5 -> "SHA256";
      case 6 -> "SHA384";
      default -> null;
    };
  }

  private static @Nullable String azureIntegrity(int id) {
    return switch (id) {
      case 1 -> "MD5";
      case 2 -> "SHA1";
      case 12 -> "SHA256";
      case 13 -> "SHA384";
      default -> null;
    };
  }

  private static @Nullable String azureDhGroup(int id) {
    return switch (id) {
      case 0 -> "None";
      case 1 -> "DHGroup1";
      case 2 -> "DHGroup2";
      case 14 -> "DHGroup14";
      case 19 -> "ECP256";
      case 20 -> "ECP384";
      case 24 -> "DHGroup24";
      default -> null;
    };
  }

  private static @Nullable String azurePfsGroup(int id) {
    return switch (id) {
      case 0 -> "None";
      case 1 -> "PFS1";
      case 2 -> "PFS2";
      case 14 -> "PFS2048";
      case 19 -> "ECP256";
      case 20 -> "ECP384";
      case 24 -> "PFS24";
      default -> null;
    };
  }
}
