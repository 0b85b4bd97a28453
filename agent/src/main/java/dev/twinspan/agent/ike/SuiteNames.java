package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.IkePolicy.EspSuite;
import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.ike.message.Proposal.Transform;
import dev.twinspan.agent.ike.message.TransformNames;
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
    String encryption = alternatives(transforms, protocol, Transform.ENCR);
    String integrity = alternatives(transforms, protocol, Transform.INTEG);
    String prf = alternatives(transforms, protocol, Transform.PRF);
    String group = alternatives(transforms, protocol, Transform.DH);
    if (protocol == Proposal.PROTOCOL_IKE) {
      // Azure has one field for both: with GCM it names the PRF alone.
      String named = prf.startsWith("PRF") ? prf : "PRF " + prf;
      String both =
          integrity.isEmpty() || integrity.equals(prf) ? prf : integrity + " (" + named + ")";
      return encryption + "/" + both + "/" + (group.isEmpty() ? "None" : group);
    }
    String checked = integrity.isEmpty() ? encryption : integrity;
    String pfs = withGroups ? "/" + (group.isEmpty() ? "None" : group) : "";
    String esn = transforms.contains(new Transform(Transform.ESN, 1, 0)) ? " ESN" : "";
    return encryption + "/" + checked + pfs + esn;
  }

  private static String alternatives(List<Transform> transforms, int protocol, int type) {
    return transforms.stream()
        .filter(t -> t.type() == type && (t.id() != 0 || type == Transform.DH))
        .map(t -> TransformNames.azure(protocol, t))
        .distinct()
        .limit(SHOWN)
        .collect(Collectors.joining("|"));
  }

  /** A group by its number, as KE and INVALID_KE_PAYLOAD name it. */
  static String group(int id) {
    return TransformNames.azure(Proposal.PROTOCOL_IKE, new Transform(Transform.DH, id, 0));
  }

  static @Nullable DhGroup group(int id, List<DhGroup> among) {
    return among.stream().filter(group -> group.id() == id).findFirst().orElse(null);
  }
}
