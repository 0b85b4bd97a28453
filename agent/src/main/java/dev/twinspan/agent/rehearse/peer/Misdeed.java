package dev.twinspan.agent.rehearse.peer;

import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.ike.message.Proposal.Transform;
import dev.twinspan.agent.rehearse.netns.BenchException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;

/** What a peer may do that it should not. Each is one run, from an IKE SA of its own. */
public enum Misdeed {
  /** Requests in any order, within the window and far beyond. */
  WRONG_ORDER {
    @Override
    void run(ImpairedPeer peer) {
      ImpairedSession session = peer.session().establish();
      List<Integer> ids = new ArrayList<>();
      for (int id = 0; id < 64; id++) {
        ids.add(session.nextId + id);
      }
      Collections.shuffle(ids, new Random(1));
      for (int id : ids) {
        session.wire.send(session.seal(ExchangeType.INFORMATIONAL, id, List.of()));
      }
      session.wire.send(session.seal(ExchangeType.INFORMATIONAL, -1, List.of()));
    }
  },

  /** Each message of a handshake and after it many times. */
  DUPLICATES {
    @Override
    void run(ImpairedPeer peer) {
      ImpairedSession session = peer.session().open();
      byte[] auth = session.seal(ExchangeType.IKE_AUTH, session.nextId++, session.authPayloads());
      times(100, () -> session.wire.send(auth));
      byte[] question = session.seal(ExchangeType.INFORMATIONAL, session.nextId++, List.of());
      times(100, () -> session.wire.send(question));
      times(100, () -> session.wire.send(auth));
    }
  },

  /** Requests with message IDs that have long been answered. */
  STALE_IDS {
    @Override
    void run(ImpairedPeer peer) {
      ImpairedSession session = peer.session().establish();
      times(
          10,
          () ->
              session.wire.send(
                  session.seal(ExchangeType.INFORMATIONAL, session.nextId++, List.of())));
      for (int id = 0; id < session.nextId - 2; id++) {
        session.wire.send(session.seal(ExchangeType.INFORMATIONAL, id, delete()));
      }
    }
  },

  /** AUTH with one bit wrong, from several handshakes. */
  CORRUPTED_AUTH {
    @Override
    void run(ImpairedPeer peer) {
      for (int i = 0; i < 3; i++) {
        ImpairedSession session = peer.session().open();
        List<Payload> payloads =
            session.authPayloads().stream()
                .map(p -> p instanceof Payload.Authentication auth ? corrupted(auth) : p)
                .toList();
        session.wire.send(session.seal(ExchangeType.IKE_AUTH, session.nextId++, payloads));
        times(3, () -> session.wire.receive());
      }
    }

    private Payload corrupted(Payload.Authentication auth) {
      byte[] data = auth.data().clone();
      data[data.length / 2] ^= 1;
      return new Payload.Authentication(auth.method(), data);
    }
  },

  /** The key share 0: a shared secret everybody knows. */
  ZERO_SHARE {
    @Override
    void run(ImpairedPeer peer) {
      shares(peer, new byte[DhGroup.ECP384.shareLength()]);
    }
  },

  /** Points beside the curve, which give the private key away bit by bit. */
  INVALID_CURVE {
    @Override
    void run(ImpairedPeer peer) {
      byte[] share = peer.session().share().clone();
      share[share.length - 1] ^= 1;
      shares(peer, share);
      byte[] highest = new byte[share.length];
      Arrays.fill(highest, (byte) 0xff);
      shares(peer, highest);
    }
  },

  /** First fragments of messages whose rest never comes. */
  ENDLESS_FRAGMENTS {
    @Override
    void run(ImpairedPeer peer) {
      ImpairedSession session = peer.session();
      session.fragmenting();
      session.open();
      List<Payload> oversized = new ArrayList<>(session.authPayloads());
      times(40, () -> oversized.add(new Payload.VendorId(session.crypto.random(1_000))));
      for (int i = 0; i < 20; i++) {
        int total = 20 + i; // another total: another message
        session.fragments(ExchangeType.IKE_AUTH, session.nextId, oversized, 42_000 / total).stream()
            .limit(12)
            .forEach(session.wire::send);
      }
    }
  },

  /** DELETEs of SAs that are there, that are not, that are somebody else's, by the hundred. */
  DELETE_STORM {
    @Override
    void run(ImpairedPeer peer) {
      ImpairedSession session = peer.session().establish();
      for (int i = 0; i < 50; i++) {
        List<byte[]> spis = new ArrayList<>();
        times(200, () -> spis.add(session.crypto.random(4)));
        spis.add(new byte[] {0x0a, 0x0b, 0x0c, 0x0d});
        session.wire.send(
            session.seal(
                ExchangeType.INFORMATIONAL,
                session.nextId++,
                List.of(
                    new Payload.Delete(Proposal.PROTOCOL_ESP, spis),
                    new Payload.Delete(Proposal.PROTOCOL_AH, spis))));
      }
      byte[] last = session.seal(ExchangeType.INFORMATIONAL, session.nextId++, delete());
      times(50, () -> session.wire.send(last));
      times(10, () -> session.wire.send(session.seal(ExchangeType.INFORMATIONAL, 2, delete())));
    }
  },

  /**
   * Proposals that cannot be meant: no transforms, unknown ones, wrong protocols, a lying share.
   */
  LYING_PROPOSALS {
    @Override
    void run(ImpairedPeer peer) {
      Proposal none = new Proposal(1, Proposal.PROTOCOL_IKE, new byte[0], List.of());
      Proposal esp = ImpairedSession.esp(1);
      Proposal unknown =
          new Proposal(
              1,
              Proposal.PROTOCOL_IKE,
              new byte[0],
              List.of(new Transform(1, 4_711, 17), new Transform(99, 3, 0)));
      for (Proposal lie : List.of(none, esp, unknown)) {
        ImpairedSession session = peer.session();
        session.begin(replaced(session, lie, session.share()));
      }
      ImpairedSession session = peer.session(); // the group is named, the share another's
      session.begin(
          replaced(session, ImpairedSession.proposal(1, true), session.crypto.random(17)));
    }

    private List<Payload> replaced(ImpairedSession session, Proposal lie, byte[] share) {
      return List.of(
          new Payload.SecurityAssociation(List.of(lie)),
          new Payload.KeyExchange(DhGroup.ECP384.id(), share),
          new Payload.Nonce(session.nonce));
    }
  },

  /**
   * Messages of thousands of payloads, in the clear and, from a peer that has proven itself, not.
   */
  PAYLOAD_COUNT {
    @Override
    void run(ImpairedPeer peer) {
      List<Payload> many = Stream.<Payload>generate(() -> status(40_000)).limit(1_000).toList();
      ImpairedSession session = peer.session();
      List<Payload> init = new ArrayList<>(many);
      init.addAll(session.initPayloads(session.share()));
      session.begin(init);
      ImpairedSession proven = peer.session().establish();
      proven.wire.send(proven.seal(ExchangeType.INFORMATIONAL, proven.nextId++, many));
    }
  },

  /** Handshakes begun, cookies returned, and never finished: slow loris. */
  HALF_OPEN_FLOOD {
    @Override
    void run(ImpairedPeer peer) {
      for (int i = 0; i < 200; i++) {
        ImpairedSession session = peer.session();
        session.begin(session.initPayloads(session.share()));
      }
    }
  };

  abstract void run(ImpairedPeer peer);

  /** As it is written on a command line. */
  public String verb() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * @throws BenchException naming those that there are
   */
  public static Misdeed of(String verb) {
    return Arrays.stream(values())
        .filter(misdeed -> misdeed.verb().equals(verb))
        .findFirst()
        .orElseThrow(
            () ->
                new BenchException(
                    "no misdeed '%s': there are %s"
                        .formatted(
                            verb,
                            String.join(
                                ", ", Arrays.stream(values()).map(Misdeed::verb).toList()))));
  }

  private static void times(int count, Runnable what) {
    for (int i = 0; i < count; i++) {
      what.run();
    }
  }

  private static List<Payload> delete() {
    return List.of(new Payload.Delete(Proposal.PROTOCOL_IKE, List.of()));
  }

  private static Payload status(int type) {
    return new Payload.Notify(0, new byte[0], type, new byte[0]);
  }

  /** As far as IKE_AUTH, where the share is used: what is sealed there nobody can open. */
  private static void shares(ImpairedPeer peer, byte[] share) {
    ImpairedSession session = peer.session();
    var answer = session.begin(session.initPayloads(share));
    if (answer == null) {
      return;
    }
    ByteBuffer sealed = ByteBuffer.allocate(28 + 4 + 64);
    sealed.putLong(session.spi).putLong(answer.header().responderSpi());
    sealed.put((byte) 46).put((byte) 0x20).put((byte) 35).put((byte) 0x08).putInt(1);
    sealed.putInt(sealed.capacity()).put((byte) 0).put((byte) 0).putShort((short) 68);
    session.wire.send(sealed.array());
  }
}
