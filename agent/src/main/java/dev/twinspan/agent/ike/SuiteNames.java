package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.IkePolicy.EspSuite;
import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.ike.message.Proposal.Transform;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Algorithms in the words of Azure's custom IPsec policies, so that what status says can be found
 * in the portal: {@code AES256/SHA384/ECP384} is ikeEncryption/ikeIntegrity/dhGroup, {@code
 * GCMAES256/GCMAES256/None} is ipsecEncryption/ipsecIntegrity/pfsGroup.
 */
final class SuiteNames {
  private static final int SHOWN = 12;

  private SuiteNames() {}

  static String of(IkeSuite suite) {
    return proposal(Negotiation.transforms(suite), Proposal.PROTOCOL_IKE, false);
  }

  static String of(EspSuite suite) {
    return proposal(Negotiation.transforms(suite, true), Proposal.PROTOCOL_ESP, true);
  }

  static String ike(List<IkeSuite> suites) {
    return suites.stream().map(SuiteNames::of).distinct().collect(Collectors.joining(", "));
  }

  /**
   * @param withGroups false in IKE_AUTH, where the first CHILD SA has no key exchange of its own
   */
  static String esp(List<EspSuite> suites, boolean withGroups) {
    return suites.stream()
        .map(
            s -> proposal(Negotiation.transforms(s, withGroups), Proposal.PROTOCOL_ESP, withGroups))
        .distinct()
        .collect(Collectors.joining(", "));
  }

  /** What a peer offered; each list of alternatives in one proposal as {@code a|b}. */
  static String offered(List<Proposal> proposals, boolean withGroups) {
    String words =
        proposals.stream()
            .limit(SHOWN)
            .map(p -> proposal(p.transforms(), p.protocol(), withGroups))
            .collect(Collectors.joining(", "));
    int more = proposals.size() - SHOWN;
    return more > 0 ? words + " and " + more + " more" : words;
  }

  private static String proposal(List<Transform> transforms, int protocol, boolean withGroups) {
    String encryption = alternatives(transforms, Transform.ENCR);
    String integrity = alternatives(transforms, Transform.INTEG);
    String prf = alternatives(transforms, Transform.PRF);
    String group = alternatives(transforms, Transform.DH);
    if (protocol == Proposal.PROTOCOL_IKE) {
      // Azure has one field for both: with GCM it names the PRF alone.
      String both =
          integrity.isEmpty() || integrity.equals(prf) ? prf : integrity + " (PRF " + prf + ")";
      return encryption + "/" + both + "/" + (group.isEmpty() ? "None" : group);
    }
    String checked = integrity.isEmpty() ? encryption : integrity;
    String pfs = withGroups ? "/" + (group.isEmpty() ? "None" : group) : "";
    String esn = transforms.contains(new Transform(Transform.ESN, 1, 0)) ? " ESN" : "";
    return encryption + "/" + checked + pfs + esn;
  }

  private static String alternatives(List<Transform> transforms, int type) {
    return transforms.stream()
        .filter(t -> t.type() == type && (t.id() != 0 || type == Transform.DH))
        .map(SuiteNames::transform)
        .distinct()
        .limit(SHOWN)
        .collect(Collectors.joining("|"));
  }

  private static String transform(Transform transform) {
    return switch (transform.type()) {
      case Transform.ENCR -> encryption(transform);
      case Transform.PRF -> prf(transform.id());
      case Transform.INTEG -> integrity(transform.id());
      case Transform.DH -> group(transform.id());
      default -> transform.type() + ":" + transform.id();
    };
  }

  private static String encryption(Transform transform) {
    return switch (transform.id()) {
      case 2 -> "DES";
      case 3 -> "DES3";
      case 11 -> "None";
      case 12 -> "AES" + transform.keyLength();
      case 13 -> "AESCTR" + transform.keyLength();
      case 18, 19, 20 -> "GCMAES" + transform.keyLength();
      case 28 -> "CHACHA20POLY1305";
      default -> "encryption " + transform.id();
    };
  }

  private static String prf(int id) {
    return switch (id) {
      case 1 -> "MD5";
      case 2 -> "SHA1";
      case 4, 8 -> "AESXCBC";
      case 5 -> "SHA256";
      case 6 -> "SHA384";
      case 7 -> "SHA512";
      default -> "PRF " + id;
    };
  }

  private static String integrity(int id) {
    return switch (id) {
      case 1 -> "MD5";
      case 2 -> "SHA1";
      case 5 -> "AESXCBC";
      case 12 -> "SHA256";
      case 13 -> "SHA384";
      case 14 -> "SHA512";
      default -> "integrity " + id;
    };
  }

  static String group(int id) {
    DhGroup known = group(id, List.of(DhGroup.values()));
    if (known != null) {
      return known.azureName();
    }
    return switch (id) {
      case 0 -> "None";
      case 1 -> "DHGroup1";
      case 24 -> "DHGroup24";
      case 21 -> "ECP521";
      case 31 -> "X25519";
      default -> "DH group " + id;
    };
  }

  static @Nullable DhGroup group(int id, List<DhGroup> among) {
    return among.stream().filter(group -> group.id() == id).findFirst().orElse(null);
  }
}
