package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.ike.message.Proposal.Transform;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** Valid messages to start being hostile from: real ones, and one with everything in it. */
final class MessageCorpus {
  private MessageCorpus() {}

  /**
   * In the clear: the recorded IKE_SA_INITs and a message with every payload; behind transparent
   * protection: the latter once more, whole and in fragments.
   */
  static List<byte[]> all() {
    List<byte[]> corpus = new ArrayList<>();
    for (String name : List.of("gcm256-sha384-ecp384", "cbc256-sha256-modp2048")) {
      corpus.addAll(RecordedExchange.load(name).messages().subList(0, 2));
    }
    IkeMessage everything = new IkeMessage(header(), everyPayload());
    corpus.add(IkeCodec.encode(everything));
    corpus.add(sealed(everything));
    corpus.add(sealed(new IkeMessage(header(), everyPayload().subList(0, 3))));
    corpus.add(sealed(new IkeMessage(header(), everyPayload().subList(6, 10))));
    corpus.add(sealed(new IkeMessage(header(), List.of())));
    corpus.addAll(
        IkeCodec.sealWithin(
            300, everything, HostileInput.TRANSPARENT, HostileInput.KEYS, () -> new byte[8]));
    return List.copyOf(corpus);
  }

  private static byte[] sealed(IkeMessage message) {
    return IkeCodec.seal(message, HostileInput.TRANSPARENT, HostileInput.KEYS, new byte[8]);
  }

  private static IkeHeader header() {
    return new IkeHeader(0x1234, 0x5678, ExchangeType.CREATE_CHILD_SA, false, true, 9);
  }

  static List<Payload> everyPayload() {
    InetAddress v4 = InetAddress.ofLiteral("10.0.0.0");
    InetAddress v6 = InetAddress.ofLiteral("2001:db8::");
    TrafficSelector four =
        new TrafficSelector(0, 0, 65535, v4, InetAddress.ofLiteral("10.255.255.255"));
    TrafficSelector six =
        new TrafficSelector(17, 53, 53, v6, InetAddress.ofLiteral("2001:db8::ffff"));
    return List.of(
        new Payload.SecurityAssociation(
            List.of(
                new Proposal(
                    1,
                    Proposal.PROTOCOL_ESP,
                    new byte[] {1, 2, 3, 4},
                    List.of(
                        new Transform(Transform.ENCR, 20, 256),
                        new Transform(Transform.DH, 20, 0),
                        new Transform(Transform.ESN, 0, 0))),
                new Proposal(
                    2,
                    Proposal.PROTOCOL_IKE,
                    new byte[8],
                    List.of(
                        new Transform(Transform.ENCR, 12, 256),
                        new Transform(Transform.INTEG, 12, 0))))),
        new Payload.Nonce(new byte[32]),
        new Payload.TrafficSelectors(true, List.of(four, six)),
        new Payload.TrafficSelectors(false, List.of(six)),
        new Payload.KeyExchange(19, new byte[64]),
        new Payload.Identification(true, IkeId.of(v4)),
        new Payload.Identification(false, IkeId.fqdn("hub.example")),
        new Payload.Authentication(2, new byte[32]),
        new Payload.Notify(3, new byte[] {1, 2, 3, 4}, NotifyType.REKEY_SA, new byte[0]),
        new Payload.Delete(3, List.of(new byte[] {1, 2, 3, 4}, new byte[] {5, 6, 7, 8})),
        new Payload.Certificate(4, new byte[40]),
        new Payload.CertificateRequest(4, new byte[20]),
        new Payload.VendorId(new byte[16]),
        new Payload.Unknown(47, new byte[12]));
  }
}
