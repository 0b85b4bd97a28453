package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.crypto.SignatureAuth;
import dev.twinspan.agent.ike.crypto.SignatureHash;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finding and making payloads. */
final class Payloads {
  private static final byte[] NOTHING = {};

  private Payloads() {}

  /** The first payload of that kind. */
  static <T extends Payload> @Nullable T first(List<Payload> payloads, Class<T> kind) {
    for (Payload payload : payloads) {
      if (kind.isInstance(payload)) {
        return kind.cast(payload);
      }
    }
    return null;
  }

  static Payload.@Nullable Notify notification(List<Payload> payloads, int type) {
    for (Payload payload : payloads) {
      if (payload instanceof Payload.Notify notify && notify.type() == type) {
        return notify;
      }
    }
    return null;
  }

  /** The first notification that is an error, known or not. */
  static Payload.@Nullable Notify error(List<Payload> payloads) {
    for (Payload payload : payloads) {
      if (payload instanceof Payload.Notify notify && NotifyType.isError(notify.type())) {
        return notify;
      }
    }
    return null;
  }

  static Payload.@Nullable Identification identification(
      List<Payload> payloads, boolean initiator) {
    for (Payload payload : payloads) {
      if (payload instanceof Payload.Identification id && id.initiator() == initiator) {
        return id;
      }
    }
    return null;
  }

  static Payload.@Nullable TrafficSelectors selectors(List<Payload> payloads, boolean initiator) {
    for (Payload payload : payloads) {
      if (payload instanceof Payload.TrafficSelectors ts && ts.initiator() == initiator) {
        return ts;
      }
    }
    return null;
  }

  static Payload.Notify notify(int type) {
    return notify(type, NOTHING);
  }

  static Payload.Notify notify(int type, byte[] data) {
    return new Payload.Notify(0, NOTHING, type, data);
  }

  /** About one CHILD SA: REKEY_SA, CHILD_SA_NOT_FOUND. */
  static Payload.Notify notifyChild(int type, byte[] spi) {
    return new Payload.Notify(Proposal.PROTOCOL_ESP, spi, type, NOTHING);
  }

  /** INVALID_KE_PAYLOAD with the group wanted instead. */
  static Payload.Notify invalidKe(int group) {
    return notify(NotifyType.INVALID_KE_PAYLOAD, new byte[] {(byte) (group >>> 8), (byte) group});
  }

  /** What the peer takes in signatures; empty when it does not say. */
  static List<SignatureHash> signatureHashes(List<Payload> payloads) {
    Payload.Notify told = notification(payloads, NotifyType.SIGNATURE_HASH_ALGORITHMS);
    return told == null ? List.of() : SignatureAuth.hashAlgorithms(told.data());
  }

  /** The group an INVALID_KE_PAYLOAD asks for, or -1. */
  static int wantedGroup(Payload.Notify invalidKe) {
    byte[] data = invalidKe.data();
    return data.length == 2 ? (data[0] & 0xff) << 8 | data[1] & 0xff : -1;
  }

  static byte[] spi(int childSpi) {
    return ByteBuffer.allocate(4).putInt(childSpi).array();
  }

  static byte[] spi(long ikeSpi) {
    return ByteBuffer.allocate(8).putLong(ikeSpi).array();
  }

  /** A 4-byte SPI; callers have checked the length. */
  static int childSpi(byte[] spi) {
    return ByteBuffer.wrap(spi).getInt();
  }

  static long ikeSpi(byte[] spi) {
    return ByteBuffer.wrap(spi).getLong();
  }
}
