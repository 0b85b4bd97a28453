package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.ike.message.Proposal.Transform;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Proposals in words, for error sentences and status that show what each side offered.
 *
 * <p>A peer decides how many there are, so lists are cut at {@link #SHOWN} with the number left
 * out.
 */
public final class ProposalText {
  /** Enough to see what a peer wants; a status page is no place for a hundred lines of them. */
  static final int SHOWN = 12;

  private static final int[] ORDER = {
    Transform.ENCR, Transform.INTEG, Transform.PRF, Transform.DH, Transform.ESN
  };

  private ProposalText() {}

  /**
   * {@code AES-CBC-256, HMAC-SHA2-256-128, PRF-HMAC-SHA2-256, MODP2048}; alternatives of one type
   * are joined by {@code |}. What says nothing (no ESN, no integrity beside an AEAD) is left out.
   */
  public static String describe(Proposal proposal) {
    List<String> parts = new ArrayList<>();
    for (int type : ORDER) {
      add(parts, words(ofType(proposal, type)));
    }
    add(
        parts,
        words(proposal.transforms().stream().filter(t -> t.type() > Transform.ESN).toList()));
    return parts.isEmpty() ? "nothing" : String.join(", ", parts);
  }

  /** One line: proposals joined by {@code "; "}. */
  public static String describe(List<Proposal> proposals) {
    String shown =
        proposals.stream()
            .limit(SHOWN)
            .map(ProposalText::describe)
            .collect(Collectors.joining("; "));
    int hidden = proposals.size() - SHOWN;
    return hidden > 0 ? shown + "; and " + hidden + " more" : shown;
  }

  /**
   * In the words of an Azure policy, to compare setting by setting: {@code ikeEncryption AES256,
   * ikeIntegrity SHA256, dhGroup DHGroup14} or {@code ipsecEncryption GCMAES256, ipsecIntegrity
   * GCMAES256, pfsGroup None}. What Azure has no word for stands in the field's own.
   */
  public static String azure(Proposal proposal) {
    return proposal.protocol() == Proposal.PROTOCOL_IKE ? azureIke(proposal) : azureEsp(proposal);
  }

  private static String azureIke(Proposal proposal) {
    List<Transform> encryption = ofType(proposal, Transform.ENCR);
    List<Transform> integrity =
        ofType(proposal, Transform.INTEG).stream().filter(t -> t.id() != 0).toList();
    return "ikeEncryption "
        + join(encryption, TransformNames::azureEncryption)
        + ", ikeIntegrity "
        + (integrity.isEmpty()
            ? join(ofType(proposal, Transform.PRF), t -> TransformNames.azurePrf(t.id()))
            : join(integrity, t -> TransformNames.azureIntegrity(t.id())))
        + ", dhGroup "
        + join(ofType(proposal, Transform.DH), t -> TransformNames.azureDhGroup(t.id()));
  }

  private static String azureEsp(Proposal proposal) {
    List<Transform> encryption = ofType(proposal, Transform.ENCR);
    List<Transform> integrity =
        ofType(proposal, Transform.INTEG).stream().filter(t -> t.id() != 0).toList();
    List<Transform> groups = ofType(proposal, Transform.DH);
    return "ipsecEncryption "
        + join(encryption, TransformNames::azureEncryption)
        + ", ipsecIntegrity "
        + (integrity.isEmpty()
            ? join(encryption, TransformNames::azureEncryption)
            : join(integrity, t -> TransformNames.azureIntegrity(t.id())))
        + ", pfsGroup "
        + (groups.isEmpty() ? "None" : join(groups, t -> TransformNames.azurePfsGroup(t.id())));
  }

  private interface Word {
    @Nullable String of(Transform transform);
  }

  private static String join(List<Transform> transforms, Word word) {
    if (transforms.isEmpty()) {
      return "(none)";
    }
    return transforms.stream()
        .map(t -> Objects.requireNonNullElseGet(word.of(t), () -> TransformNames.describe(t)))
        .distinct()
        .limit(SHOWN)
        .collect(Collectors.joining("|"));
  }

  private static List<Transform> ofType(Proposal proposal, int type) {
    return proposal.transforms().stream().filter(t -> t.type() == type).toList();
  }

  private static String words(List<Transform> transforms) {
    boolean saysNothing =
        transforms.stream()
            .allMatch(
                t -> t.id() == 0 && (t.type() == Transform.ESN || t.type() == Transform.INTEG));
    if (saysNothing) {
      return "";
    }
    return transforms.stream()
        .map(TransformNames::describe)
        .distinct()
        .limit(SHOWN)
        .collect(Collectors.joining("|"));
  }

  private static void add(List<String> parts, String words) {
    if (!words.isEmpty()) {
      parts.add(words);
    }
  }
}
