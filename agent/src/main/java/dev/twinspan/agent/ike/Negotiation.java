package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.IkePolicy.EspSuite;
import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import dev.twinspan.agent.ike.crypto.IkeCipher.Encryption;
import dev.twinspan.agent.ike.crypto.IkeCipher.Integrity;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.ike.message.Proposal.Transform;
import dev.twinspan.ffi.crypto.EspTransform;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Proposals: what we offer, what we choose of an offer, and whether an answer is one of what we
 * offered (RFC 7296 sections 2.7 and 3.3). One proposal per suite, so a suite is either taken whole
 * or not at all.
 */
final class Negotiation {
  private static final int NONE = 0;

  private Negotiation() {}

  /**
   * A suite both sides can do.
   *
   * @param answer for the SA payload of the response, with our SPI
   * @param peerSpi of the proposal chosen
   */
  record Choice<S>(S suite, Proposal answer, byte[] peerSpi) {}

  // --- offering ---------------------------------------------------------------------------------

  static List<Proposal> offerIke(List<IkeSuite> suites, byte[] spi) {
    return offer(suites, Negotiation::transforms, Proposal.PROTOCOL_IKE, spi);
  }

  /**
   * @param withGroups false in IKE_AUTH: its CHILD SA has no key exchange of its own (RFC 7296
   *     section 1.2)
   */
  static List<Proposal> offerEsp(List<EspSuite> suites, int spi, boolean withGroups) {
    return offer(suites, s -> transforms(s, withGroups), Proposal.PROTOCOL_ESP, Payloads.spi(spi));
  }

  private static <S> List<Proposal> offer(
      List<S> suites, Function<S, List<Transform>> transforms, int protocol, byte[] spi) {
    LinkedHashSet<List<Transform>> distinct = new LinkedHashSet<>();
    suites.forEach(suite -> distinct.add(transforms.apply(suite)));
    List<Proposal> proposals = new ArrayList<>();
    for (List<Transform> one : distinct) {
      proposals.add(new Proposal(proposals.size() + 1, protocol, spi, one));
    }
    return proposals;
  }

  /** The same suites with those like {@code first} in front: its group will be the one guessed. */
  static List<EspSuite> startingWith(EspSuite first, List<EspSuite> suites) {
    List<EspSuite> ordered = new ArrayList<>(suites);
    ordered.sort(Comparator.comparing(suite -> !suite.equals(first)));
    return ordered;
  }

  static List<IkeSuite> startingWith(IkeSuite first, List<IkeSuite> suites) {
    List<IkeSuite> ordered = new ArrayList<>(suites);
    ordered.sort(Comparator.comparing(suite -> !suite.equals(first)));
    return ordered;
  }

  // --- choosing ---------------------------------------------------------------------------------

  /** The first of our suites that some proposal contains; our order decides. */
  static @Nullable Choice<IkeSuite> chooseIke(
      List<Proposal> offered, List<IkeSuite> ours, byte[] ownSpi) {
    return choose(
        offered, ours, Negotiation::transforms, Proposal.PROTOCOL_IKE, ownSpi, ownSpi.length, true);
  }

  static @Nullable Choice<EspSuite> chooseEsp(
      List<Proposal> offered, List<EspSuite> ours, int ownSpi, boolean withGroups) {
    return choose(
        offered,
        ours,
        s -> transforms(s, withGroups),
        Proposal.PROTOCOL_ESP,
        Payloads.spi(ownSpi),
        4,
        withGroups);
  }

  private static <S> @Nullable Choice<S> choose(
      List<Proposal> offered,
      List<S> ours,
      Function<S, List<Transform>> transforms,
      int protocol,
      byte[] ownSpi,
      int spiLength,
      boolean withGroups) {
    for (S suite : ours) {
      List<Transform> wanted = transforms.apply(suite);
      for (Proposal proposal : offered) {
        if (proposal.protocol() == protocol
            && proposal.spi().length == spiLength
            && !isReserved(protocol, proposal.spi())) {
          List<Transform> answer = pick(proposal, wanted, withGroups);
          if (answer != null) {
            return new Choice<>(
                suite, new Proposal(proposal.number(), protocol, ownSpi, answer), proposal.spi());
          }
        }
      }
    }
    return null;
  }

  /** SPIs nobody may use: 0 for an IKE SA, below 256 for ESP (RFC 4303 section 2.1). */
  private static boolean isReserved(int protocol, byte[] spi) {
    if (protocol == Proposal.PROTOCOL_ESP) {
      return Integer.compareUnsigned(Payloads.childSpi(spi), 256) < 0;
    }
    return spi.length == 8 && Payloads.ikeSpi(spi) == 0;
  }

  /**
   * The answer's transforms, one of each type the proposal has, or null when the proposal does not
   * contain the suite or demands a type the suite has not.
   */
  private static @Nullable List<Transform> pick(
      Proposal proposal, List<Transform> wanted, boolean withGroups) {
    List<Transform> answer = new ArrayList<>();
    List<Integer> types = proposal.transforms().stream().map(Transform::type).distinct().toList();
    for (int type : types) {
      if (type == Transform.DH && !withGroups) {
        continue; // some peers name their PFS group in IKE_AUTH too
      }
      Transform ours = ofType(wanted, type);
      Transform chosen = ours != null ? ours : new Transform(type, NONE, 0);
      boolean mayBeNone = type == Transform.INTEG || type == Transform.DH;
      if (!(ours != null || mayBeNone) || !proposal.transforms().contains(chosen)) {
        return null;
      }
      answer.add(chosen);
    }
    for (Transform ours : wanted) {
      // ESN is left out by old peers, who then mean none.
      boolean implied = ours.type() == Transform.ESN && ours.id() == NONE;
      if (!types.contains(ours.type()) && !implied) {
        return null;
      }
    }
    return answer;
  }

  // --- checking an answer -----------------------------------------------------------------------

  /** The suite a responder chose of our offer; null when it is not one we made. */
  static @Nullable Choice<IkeSuite> acceptedIke(
      List<Proposal> answer, List<IkeSuite> offered, int spiLength) {
    return accepted(answer, offered, Negotiation::transforms, Proposal.PROTOCOL_IKE, spiLength);
  }

  static @Nullable Choice<EspSuite> acceptedEsp(
      List<Proposal> answer, List<EspSuite> offered, boolean withGroups) {
    return accepted(answer, offered, s -> transforms(s, withGroups), Proposal.PROTOCOL_ESP, 4);
  }

  private static <S> @Nullable Choice<S> accepted(
      List<Proposal> answer,
      List<S> offered,
      Function<S, List<Transform>> transforms,
      int protocol,
      int spiLength) {
    if (answer.size() != 1) {
      return null;
    }
    Proposal chosen = answer.getFirst();
    if (chosen.protocol() != protocol
        || chosen.spi().length != spiLength
        || isReserved(protocol, chosen.spi())) {
      return null;
    }
    for (S suite : offered) {
      if (sameSuite(chosen.transforms(), transforms.apply(suite))) {
        return new Choice<>(suite, chosen, chosen.spi());
      }
    }
    return null;
  }

  /** Equal but for NONEs, which say nothing. */
  private static boolean sameSuite(List<Transform> seen, List<Transform> ours) {
    List<Transform> left = new ArrayList<>(seen);
    left.removeIf(Negotiation::saysNothing);
    List<Transform> right = new ArrayList<>(ours);
    right.removeIf(Negotiation::saysNothing);
    return left.size() == right.size() && left.containsAll(right);
  }

  private static boolean saysNothing(Transform transform) {
    return transform.id() == NONE
        && (transform.type() == Transform.INTEG
            || transform.type() == Transform.DH
            || transform.type() == Transform.ESN);
  }

  // --- suites as transforms ---------------------------------------------------------------------

  static List<Transform> transforms(IkeSuite suite) {
    List<Transform> transforms = new ArrayList<>();
    transforms.add(
        new Transform(Transform.ENCR, suite.cipher().encryption().id(), suite.cipher().keyBits()));
    if (suite.cipher().integrity() != Integrity.NONE) {
      transforms.add(new Transform(Transform.INTEG, suite.cipher().integrity().id(), 0));
    }
    transforms.add(new Transform(Transform.PRF, suite.prf().id(), 0));
    transforms.add(new Transform(Transform.DH, suite.group().id(), 0));
    return List.copyOf(transforms);
  }

  static List<Transform> transforms(EspSuite suite, boolean withGroups) {
    EspTransform esp = suite.transform();
    Encryption encryption = esp.isAead() ? Encryption.AES_GCM_16 : Encryption.AES_CBC;
    List<Transform> transforms = new ArrayList<>();
    transforms.add(new Transform(Transform.ENCR, encryption.id(), 8 * esp.encryptionKeyLength()));
    if (!esp.isAead()) {
      Integrity integrity =
          esp.integrityKeyLength() == Integrity.HMAC_SHA1_96.keyLength()
              ? Integrity.HMAC_SHA1_96
              : Integrity.HMAC_SHA2_256_128;
      transforms.add(new Transform(Transform.INTEG, integrity.id(), 0));
    }
    if (withGroups && suite.pfs() != null) {
      transforms.add(new Transform(Transform.DH, suite.pfs().id(), 0));
    }
    transforms.add(new Transform(Transform.ESN, suite.esn() ? 1 : NONE, 0));
    return List.copyOf(transforms);
  }

  private static @Nullable Transform ofType(List<Transform> transforms, int type) {
    return transforms.stream().filter(t -> t.type() == type).findFirst().orElse(null);
  }
}
