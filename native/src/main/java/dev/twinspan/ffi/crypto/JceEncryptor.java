package dev.twinspan.ffi.crypto;

import dev.twinspan.ffi.crypto.Segmenter.Segments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What {@code encap.c} does, in Java. */
final class JceEncryptor implements EspEncryptor, RawSeal {
  private final EspTransform transform;
  private final int spi;
  private final boolean esn;
  private @Nullable JceCipher cipher;
  private long lastSequence;

  JceEncryptor(EspTransform transform, int spi, byte[] keyMaterial, boolean esn) {
    this.transform = transform;
    this.spi = spi;
    this.esn = esn;
    cipher = JceCipher.of(transform, keyMaterial, esn);
  }

  @Override
  public EspTransform transform() {
    return transform;
  }

  @Override
  public int encapsulate(MemorySegment vector, int entries) {
    Objects.checkFromIndexSize(0, (long) entries * EncapVector.ENTRY_SIZE, vector.byteSize());
    JceCipher open = cipher();
    int done = 0;
    for (int i = 0; i < entries; i++) {
      int error = encapsulate(open, vector, i);
      if (error == 0) {
        done++;
      } else {
        EncapVector.result(vector, i, error, 0, 0);
      }
    }
    return done;
  }

  /** 0, or an error for {@link EncapVector#count}. */
  private int encapsulate(JceCipher open, MemorySegment vector, int i) {
    Segments segments = Segmenter.cut(vector, i);
    if (segments == null) {
      return EncapVector.ERROR_MALFORMED;
    }
    List<byte[]> packets = segments.packets();
    int stride = transform.packetLength(packets.getFirst().length);
    int last = transform.packetLength(packets.getLast().length);
    if (stride > EspTransform.MAX_PACKET_LENGTH) {
      return EncapVector.ERROR_MALFORMED;
    }
    long length = (long) stride * (packets.size() - 1) + last;
    if (length > Integer.toUnsignedLong(EncapVector.outCapacity(vector, i))) {
      return EncapVector.ERROR_NO_ROOM;
    }
    long sequence = EncapVector.sequence(vector, i);
    if (!takeSequence(sequence, packets.size())) {
      return EncapVector.ERROR_SEQUENCE;
    }
    MemorySegment out = MemorySegment.ofAddress(EncapVector.out(vector, i)).reinterpret(length);
    try {
      for (int n = 0; n < packets.size(); n++) {
        byte[] text = withTrailer(packets.get(n), segments.nextHeader());
        byte[] packet = open.protect(spi, sequence + n, text);
        MemorySegment.copy(packet, 0, out, ValueLayout.JAVA_BYTE, (long) n * stride, packet.length);
      }
    } catch (GeneralSecurityException _) {
      return EncapVector.ERROR_CIPHER;
    }
    EncapVector.result(vector, i, packets.size(), stride, last);
    return 0;
  }

  private boolean takeSequence(long first, int count) {
    long last = first + count - 1;
    boolean cycles =
        Long.compareUnsigned(last, first) < 0
            || (!esn && Long.compareUnsigned(last, 0xffffffffL) > 0);
    if (cycles || Long.compareUnsigned(first, lastSequence) <= 0) {
      return false;
    }
    lastSequence = last;
    return true;
  }

  /** Padding 1, 2, 3 …, pad length, next header: RFC 4303 sections 2.4 to 2.6. */
  private byte[] withTrailer(byte[] inner, int nextHeader) {
    int alignment = transform.alignment();
    int length = Math.ceilDiv(inner.length + 2, alignment) * alignment;
    byte[] text = Arrays.copyOf(inner, length);
    int padding = length - 2 - inner.length;
    for (int i = 0; i < padding; i++) {
      text[inner.length + i] = (byte) (i + 1);
    }
    text[length - 2] = (byte) padding;
    text[length - 1] = (byte) nextHeader;
    return text;
  }

  @Override
  public byte[] sealRaw(byte[] iv, byte[] aad, byte[] text) {
    try {
      return cipher().seal(iv, aad, text);
    } catch (GeneralSecurityException e) {
      throw new EspBackendException("the cipher failed", e);
    }
  }

  private JceCipher cipher() {
    if (cipher == null) {
      throw new IllegalStateException("this SA's keys are closed");
    }
    return cipher;
  }

  @Override
  public void close() {
    cipher = null;
  }
}
