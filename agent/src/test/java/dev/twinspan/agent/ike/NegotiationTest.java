package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.IkePolicy.EspSuite;
import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.ike.message.Proposal.Transform;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.ffi.crypto.EspTransform;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NegotiationTest {
  private static final byte[] NO_SPI = {};
  private static final int SPI = 0x1234_5678;

  private static Proposal ike(int number, Transform... transforms) {
    return new Proposal(number, Proposal.PROTOCOL_IKE, NO_SPI, List.of(transforms));
  }

  private static Proposal esp(Transform... transforms) {
    return new Proposal(1, Proposal.PROTOCOL_ESP, Payloads.spi(SPI), List.of(transforms));
  }

  private static Transform t(int type, int id, int bits) {
    return new Transform(type, id, bits);
  }

  @Test
  void shouldLetOurOrderDecide() {
    List<Proposal> offered = Negotiation.offerIke(List.of(Peers.WEAK, Peers.STRONG), NO_SPI);
    var choice = Negotiation.chooseIke(offered, List.of(Peers.STRONG, Peers.WEAK), NO_SPI);

    assertThat(choice).isNotNull();
    assertThat(choice.suite()).isEqualTo(Peers.STRONG);
    assertThat(choice.answer().number()).isEqualTo(2);
  }

  /** As strongSwan writes it: many alternatives in one proposal. */
  @Test
  void shouldPickOneOfEachKind() {
    Proposal all =
        ike(
            7,
            t(1, 12, 128),
            t(1, 12, 256),
            t(3, 12, 0),
            t(3, 2, 0),
            t(2, 5, 0),
            t(2, 2, 0),
            t(4, 14, 0),
            t(4, 2, 0));
    var choice = Negotiation.chooseIke(List.of(all), List.of(Peers.MIDDLE), NO_SPI);

    assertThat(choice).isNotNull();
    assertThat(choice.answer().number()).isEqualTo(7);
    assertThat(choice.answer().transforms())
        .containsExactlyInAnyOrder(t(1, 12, 256), t(3, 12, 0), t(2, 5, 0), t(4, 14, 0));
  }

  @Test
  void shouldNotMixAnAeadWithAnIntegrityAlgorithm() {
    Proposal mixed = ike(1, t(1, 20, 256), t(3, 12, 0), t(2, 6, 0), t(4, 20, 0));
    assertThat(Negotiation.chooseIke(List.of(mixed), List.of(Peers.STRONG), NO_SPI)).isNull();

    Proposal none = ike(1, t(1, 20, 256), t(3, 0, 0), t(2, 6, 0), t(4, 20, 0));
    assertThat(Negotiation.chooseIke(List.of(none), List.of(Peers.STRONG), NO_SPI)).isNotNull();
  }

  @Test
  void shouldRefuseKindsItDoesNotKnow() {
    Proposal strange = ike(1, t(1, 20, 256), t(2, 6, 0), t(4, 20, 0), t(6, 36, 0));
    assertThat(Negotiation.chooseIke(List.of(strange), List.of(Peers.STRONG), NO_SPI)).isNull();
  }

  @Test
  void shouldTellKeyLengthsApart() {
    Proposal shorter = ike(1, t(1, 20, 128), t(2, 6, 0), t(4, 20, 0));
    Proposal missing = ike(2, t(1, 20, 0), t(2, 6, 0), t(4, 20, 0));
    assertThat(Negotiation.chooseIke(List.of(shorter, missing), List.of(Peers.STRONG), NO_SPI))
        .isNull();
  }

  @Test
  void shouldIgnorePfsGroupsInIkeAuthAndDemandThemLater() {
    Proposal withGroup = esp(t(1, 20, 256), t(4, 20, 0), t(5, 0, 0));
    Proposal without = esp(t(1, 20, 256), t(5, 0, 0));

    assertThat(choose(withGroup, Peers.GCM, false)).isTrue();
    assertThat(choose(without, Peers.GCM_PFS, false)).isTrue();
    assertThat(choose(withGroup, Peers.GCM_PFS, true)).isTrue();
    assertThat(choose(without, Peers.GCM_PFS, true)).isFalse();
    assertThat(choose(withGroup, Peers.GCM, true)).isFalse();
    assertThat(choose(esp(t(1, 20, 256), t(4, 20, 0), t(4, 0, 0), t(5, 0, 0)), Peers.GCM, true))
        .as("the group may be NONE")
        .isTrue();
  }

  private static boolean choose(Proposal offered, EspSuite suite, boolean withGroups) {
    return Negotiation.chooseEsp(List.of(offered), List.of(suite), 300, withGroups) != null;
  }

  @Test
  void shouldTakeMissingEsnForNone() {
    assertThat(choose(esp(t(1, 20, 256)), Peers.GCM, true)).isTrue();
    EspSuite esn = new EspSuite(EspTransform.AES_GCM_256, null, true);
    assertThat(choose(esp(t(1, 20, 256)), esn, true)).isFalse();
    assertThat(choose(esp(t(1, 20, 256), t(5, 1, 0), t(5, 0, 0)), esn, true)).isTrue();
  }

  @Test
  void shouldRefuseReservedSpis() {
    Proposal reserved =
        new Proposal(
            1, Proposal.PROTOCOL_ESP, Payloads.spi(255), List.of(t(1, 20, 256), t(5, 0, 0)));
    assertThat(choose(reserved, Peers.GCM, true)).isFalse();
    List<Proposal> zero = Negotiation.offerIke(List.of(Peers.STRONG), new byte[8]);
    assertThat(Negotiation.chooseIke(zero, List.of(Peers.STRONG), new byte[8])).isNull();
  }

  @Test
  void shouldAcceptOnlyAnAnswerThatWasOffered() {
    List<IkeSuite> offer = List.of(Peers.STRONG, Peers.WEAK);
    assertThat(Negotiation.acceptedIke(Negotiation.offerIke(offer, NO_SPI), offer, 0))
        .as("two at once")
        .isNull();
    assertThat(
            Negotiation.acceptedIke(Negotiation.offerIke(List.of(Peers.MIDDLE), NO_SPI), offer, 0))
        .isNull();
    assertThat(Negotiation.acceptedIke(Negotiation.offerIke(List.of(Peers.WEAK), NO_SPI), offer, 0))
        .isNotNull()
        .extracting(Negotiation.Choice::suite)
        .isEqualTo(Peers.WEAK);
    List<Transform> both = new ArrayList<>(Negotiation.transforms(Peers.WEAK));
    both.add(t(4, 20, 0));
    assertThat(
            Negotiation.acceptedIke(
                List.of(new Proposal(1, Proposal.PROTOCOL_IKE, NO_SPI, both)), offer, 0))
        .as("two groups")
        .isNull();
  }

  @Test
  void shouldOfferASuiteOnce() {
    assertThat(Negotiation.offerEsp(List.of(Peers.GCM, Peers.GCM_PFS), SPI, false)).hasSize(1);
    assertThat(Negotiation.offerEsp(List.of(Peers.GCM, Peers.GCM_PFS), SPI, true))
        .extracting(Proposal::number)
        .containsExactly(1, 2);
  }

  @Test
  void shouldSpeakAzure() {
    assertThat(SuiteNames.of(Peers.STRONG)).isEqualTo("GCMAES256/SHA384/ECP384");
    assertThat(SuiteNames.of(Peers.WEAK)).isEqualTo("AES256/SHA1/DHGroup2");
    assertThat(SuiteNames.of(Peers.CBC)).isEqualTo("AES256/SHA256/None");
    assertThat(SuiteNames.of(Peers.GCM_PFS)).isEqualTo("GCMAES256/GCMAES256/ECP384");
    assertThat(SuiteNames.of(new EspSuite(EspTransform.AES_CBC_128_SHA1_96, null, true)))
        .isEqualTo("AES128/SHA1/None ESN");
    assertThat(
            SuiteNames.offered(
                List.of(ike(1, t(1, 3, 0), t(1, 12, 256), t(3, 1, 0), t(2, 1, 0), t(4, 24, 0))),
                true))
        .isEqualTo("DES3|AES256/MD5/DHGroup24");
    assertThat(
            SuiteNames.offered(
                List.of(ike(1, t(1, 12, 256), t(3, 12, 0), t(2, 6, 0), t(4, 31, 0))), true))
        .isEqualTo("AES256/SHA256 (PRF SHA384)/CURVE25519");
  }
}
