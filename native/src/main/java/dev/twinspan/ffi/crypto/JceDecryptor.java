package dev.twinspan.ffi.crypto;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What {@code decap.c} does, in Java. */
final class JceDecryptor implements EspDecryptor, RawOpen {
  private final EspTransform transform;
  private final int spi;
  private @Nullable JceCipher cipher;

  JceDecryptor(EspTransform transform, int spi, byte[] keyMaterial, boolean esn) {
    this.transform = transform;
    this.spi = spi;
    cipher = JceCipher.of(transform, keyMaterial, esn);
  }

  @Override
  public EspTransform transform() {
    return transform;
  }

  @Override
  public int decapsulate(MemorySegment vector, int entries) {
    Objects.checkFromIndexSize(0, (long) entries * DecapVector.ENTRY_SIZE, vector.byteSize());
    JceCipher open = cipher();
    int good = 0;
    for (int i = 0; i < entries; i++) {
      int status = decapsulate(open, vector, i);
      if (status == DecapVector.STATUS_OK) {
        good++;
      } else {
        DecapVector.result(vector, i, status, 0, 0, 0, 0);
      }
    }
    return good;
  }

  private int decapsulate(JceCipher open, MemorySegment vector, int i) {
    int length = DecapVector.inLength(vector, i);
    int offset = EspTransform.ESP_HEADER_LENGTH + transform.ivLength();
    int textLength = length - offset - transform.icvLength();
    boolean fits = textLength >= transform.alignment() && textLength % transform.alignment() == 0;
    if (!fits || length > EspTransform.MAX_PACKET_LENGTH) {
      return DecapVector.STATUS_BAD_LENGTH;
    }
    MemorySegment in = MemorySegment.ofAddress(DecapVector.in(vector, i)).reinterpret(length);
    byte[] packet = in.toArray(ValueLayout.JAVA_BYTE);
    if (ByteBuffer.wrap(packet).getInt() != spi) {
      return DecapVector.STATUS_AUTHENTICATION_FAILED;
    }
    byte[] text;
    try {
      text = open.unprotect(packet, DecapVector.sequenceHigh(vector, i));
    } catch (GeneralSecurityException _) {
      return DecapVector.STATUS_CIPHER_ERROR;
    }
    if (text == null) {
      return DecapVector.STATUS_AUTHENTICATION_FAILED;
    }
    MemorySegment.copy(text, 0, in, ValueLayout.JAVA_BYTE, offset, text.length);
    return finish(vector, i, offset, text);
  }

  private static int finish(MemorySegment vector, int i, int offset, byte[] text) {
    int padding = Byte.toUnsignedInt(text[text.length - 2]);
    int innerLength = text.length - 2 - padding;
    if (innerLength < 0) {
      return DecapVector.STATUS_BAD_PADDING;
    }
    for (int n = 0; n < padding; n++) {
      if (Byte.toUnsignedInt(text[innerLength + n]) != n + 1) {
        return DecapVector.STATUS_BAD_PADDING;
      }
    }
    int nextHeader = Byte.toUnsignedInt(text[text.length - 1]);
    int checksum = InternetChecksum.verify(text, innerLength, nextHeader);
    DecapVector.result(vector, i, DecapVector.STATUS_OK, offset, innerLength, nextHeader, checksum);
    return DecapVector.STATUS_OK;
  }

  @Override
  public byte @Nullable [] openRaw(byte[] iv, byte[] aad, byte[] sealed) {
    try {
      return cipher().open(iv, aad, sealed);
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
