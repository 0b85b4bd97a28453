package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.message.Proposal.Transform;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Everything a valid IKE message can hold, for property tests anywhere in the agent. */
public final class IkeArbitraries {
  private static final List<IkeCipher> CIPHERS =
      List.of(
          new IkeCipher(IkeCipher.Encryption.AES_CBC, 128, IkeCipher.Integrity.HMAC_SHA1_96),
          new IkeCipher(IkeCipher.Encryption.AES_CBC, 256, IkeCipher.Integrity.HMAC_SHA1_96),
          new IkeCipher(IkeCipher.Encryption.AES_CBC, 192, IkeCipher.Integrity.HMAC_SHA2_256_128),
          new IkeCipher(IkeCipher.Encryption.AES_CBC, 256, IkeCipher.Integrity.HMAC_SHA2_256_128),
          new IkeCipher(IkeCipher.Encryption.AES_CBC, 256, IkeCipher.Integrity.HMAC_SHA2_384_192),
          new IkeCipher(IkeCipher.Encryption.AES_GCM_16, 128, IkeCipher.Integrity.NONE),
          new IkeCipher(IkeCipher.Encryption.AES_GCM_16, 192, IkeCipher.Integrity.NONE),
          new IkeCipher(IkeCipher.Encryption.AES_GCM_16, 256, IkeCipher.Integrity.NONE));

  private IkeArbitraries() {}

  /** Every cipher an SK payload can be protected with. */
  public static List<IkeCipher> allCiphers() {
    return CIPHERS;
  }

  public static Arbitrary<IkeCipher> ciphers() {
    return Arbitraries.of(CIPHERS);
  }

  public static Arbitrary<IkeHeader> headers() {
    return Combinators.combine(
            Arbitraries.longs().filter(spi -> spi != 0),
            Arbitraries.longs(),
            Arbitraries.of(ExchangeType.class),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false),
            Arbitraries.integers())
        .as(IkeHeader::new);
  }

  public static Arbitrary<IkeMessage> messages() {
    return Combinators.combine(headers(), payloadLists()).as(IkeMessage::new);
  }

  /** In any order, those that may stand once at most once. */
  public static Arbitrary<List<Payload>> payloadLists() {
    return payloads().list().ofMaxSize(12).map(IkeArbitraries::withoutRepetition);
  }

  private static List<Payload> withoutRepetition(List<Payload> payloads) {
    List<Payload> kept = new ArrayList<>();
    long seen = 0;
    for (Payload payload : payloads) {
      int type = PayloadType.of(payload);
      if (!PayloadType.isSingle(type) || (seen & 1L << type) == 0) {
        kept.add(payload);
        seen |= PayloadType.isSingle(type) ? 1L << type : 0;
      }
    }
    return List.copyOf(kept);
  }

  public static Arbitrary<Payload> payloads() {
    return Arbitraries.oneOf(
        securityAssociations(),
        Combinators.combine(u16(), bytes(0, 300)).as(Payload.KeyExchange::new),
        Combinators.combine(booleans(), identities()).as(Payload.Identification::new),
        Combinators.combine(u8(), bytes(0, 300)).as(Payload.Certificate::new),
        Combinators.combine(u8(), bytes(0, 60)).as(Payload.CertificateRequest::new),
        Combinators.combine(u8(), bytes(0, 64)).as(Payload.Authentication::new),
        bytes(16, 256).map(Payload.Nonce::new),
        notifications(),
        deletes(),
        bytes(0, 40).map(Payload.VendorId::new),
        trafficSelectors(),
        unknowns());
  }

  public static Arbitrary<Payload> securityAssociations() {
    return Combinators.combine(
            Arbitraries.integers().between(1, 255),
            Combinators.combine(
                    Arbitraries.of(1, 2, 3, 4, 77),
                    transforms().list().ofMaxSize(10),
                    bytes(8, 8),
                    booleans())
                .as(IkeArbitraries::proposal)
                .list()
                .ofMinSize(1)
                .ofMaxSize(6))
        .as(IkeArbitraries::numbered);
  }

  private static Proposal proposal(
      int protocol, List<Transform> transforms, byte[] spi, boolean withSpi) {
    byte[] fitting =
        switch (protocol) {
          case Proposal.PROTOCOL_IKE -> withSpi ? spi : new byte[0];
          case Proposal.PROTOCOL_AH, Proposal.PROTOCOL_ESP -> Arrays.copyOf(spi, 4);
          default -> Arrays.copyOf(spi, spi[0] & 7);
        };
    return new Proposal(1, protocol, fitting, transforms);
  }

  /** One proposal may have any number, several count from 1. */
  private static Payload numbered(int single, List<Proposal> proposals) {
    return new Payload.SecurityAssociation(
        IntStream.range(0, proposals.size())
            .mapToObj(
                i -> {
                  Proposal p = proposals.get(i);
                  int number = proposals.size() == 1 ? single : i + 1;
                  return new Proposal(number, p.protocol(), p.spi(), p.transforms());
                })
            .toList());
  }

  public static Arbitrary<Transform> transforms() {
    return Combinators.combine(
            u8(),
            u16(),
            Arbitraries.oneOf(
                Arbitraries.of(0, 128, 192, 256), Arbitraries.integers().between(0, 65535)))
        .as(Transform::new);
  }

  public static Arbitrary<IkeId> identities() {
    return Arbitraries.oneOf(
        bytes(4, 4).map(b -> new IkeId(IkeId.IPV4_ADDR, b)),
        bytes(16, 16).map(b -> new IkeId(IkeId.IPV6_ADDR, b)),
        Combinators.combine(
                u8().filter(type -> type != IkeId.IPV4_ADDR && type != IkeId.IPV6_ADDR),
                bytes(0, 64))
            .as(IkeId::new));
  }

  public static Arbitrary<Payload> notifications() {
    return Combinators.combine(
            Arbitraries.of(0, 1, 2, 3),
            Arbitraries.oneOf(bytes(0, 0), bytes(4, 4), bytes(8, 8)),
            u16(),
            bytes(0, 64))
        .as(Payload.Notify::new);
  }

  public static Arbitrary<Payload> deletes() {
    return Arbitraries.oneOf(
        Arbitraries.just(new Payload.Delete(Proposal.PROTOCOL_IKE, List.of())),
        Combinators.combine(Arbitraries.of(2, 3), bytes(4, 4).list().ofMaxSize(8))
            .as(Payload.Delete::new));
  }

  public static Arbitrary<Payload> trafficSelectors() {
    return Combinators.combine(booleans(), selectors().list().ofMinSize(1).ofMaxSize(8))
        .as(Payload.TrafficSelectors::new);
  }

  public static Arbitrary<TrafficSelector> selectors() {
    return Combinators.combine(
            u8(),
            Arbitraries.oneOf(
                Combinators.combine(u16(), u16())
                    .as((a, b) -> new int[] {Math.min(a, b), Math.max(a, b)}),
                Arbitraries.just(new int[] {65535, 0})),
            Arbitraries.oneOf(bytes(4, 4).list().ofSize(2), bytes(16, 16).list().ofSize(2)))
        .as(IkeArbitraries::selector);
  }

  private static TrafficSelector selector(int protocol, int[] ports, List<byte[]> addresses) {
    byte[] a = addresses.get(0);
    byte[] b = addresses.get(1);
    boolean ordered = Arrays.compareUnsigned(a, b) <= 0;
    return new TrafficSelector(
        protocol, ports[0], ports[1], address(ordered ? a : b), address(ordered ? b : a));
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return bytes.length == 4
          ? InetAddress.getByAddress(bytes)
          : Inet6Address.getByAddress(null, bytes, -1);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  public static Arbitrary<Payload> unknowns() {
    return Combinators.combine(
            Arbitraries.integers()
                .between(1, 255)
                .filter(
                    type ->
                        !PayloadType.isKnown(type)
                            && type != PayloadType.SK
                            && type != PayloadType.SKF),
            bytes(0, 40))
        .as(Payload.Unknown::new);
  }

  public static Arbitrary<byte[]> bytes(int min, int max) {
    return Arbitraries.bytes().array(byte[].class).ofMinSize(min).ofMaxSize(max);
  }

  private static Arbitrary<Boolean> booleans() {
    return Arbitraries.of(true, false);
  }

  private static Arbitrary<Integer> u8() {
    return Arbitraries.integers().between(0, 255);
  }

  private static Arbitrary<Integer> u16() {
    return Arbitraries.integers().between(0, 65535);
  }
}
