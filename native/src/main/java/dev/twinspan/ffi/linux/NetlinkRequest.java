package dev.twinspan.ffi.linux;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Consumer;

/** Builds one request: header, the fixed part of its type, attributes. */
final class NetlinkRequest {
  /** More than the largest request: names and addresses only, no multipath. */
  private static final int CAPACITY = 512;

  private static final int NLA_F_NESTED = 0x8000;

  private final ByteBuffer buffer = ByteBuffer.allocate(CAPACITY).order(ByteOrder.nativeOrder());

  NetlinkRequest(int type, int flags) {
    buffer.putInt(0).putShort((short) type);
    buffer.putShort((short) (flags | NetlinkMessage.NLM_F_REQUEST)).putLong(0);
  }

  /** Part of the fixed header. */
  NetlinkRequest u8(int... values) {
    for (int value : values) {
      buffer.put((byte) value);
    }
    return this;
  }

  /** Part of the fixed header. */
  NetlinkRequest u32(int... values) {
    for (int value : values) {
      buffer.putInt(value);
    }
    return this;
  }

  NetlinkRequest attribute(int type, byte[] data) {
    buffer.putShort((short) (NetlinkAttributes.HEADER + data.length)).putShort((short) type);
    buffer.put(data);
    return pad();
  }

  NetlinkRequest attribute(int type, int u32) {
    buffer.putShort((short) (NetlinkAttributes.HEADER + Integer.BYTES)).putShort((short) type);
    buffer.putInt(u32);
    return this;
  }

  NetlinkRequest attribute(int type, byte u8) {
    return attribute(type, new byte[] {u8});
  }

  NetlinkRequest attribute(int type, InetAddress address) {
    return attribute(type, address.getAddress());
  }

  /** RTA_VIA: a u16 family before the address. */
  NetlinkRequest attributeWithFamily(int type, InetAddress address) {
    byte[] bytes = address.getAddress();
    ByteBuffer data = ByteBuffer.allocate(Short.BYTES + bytes.length).order(buffer.order());
    return attribute(type, data.putShort((short) Sockaddr.family(address)).put(bytes).array());
  }

  NetlinkRequest nest(int type, Consumer<NetlinkRequest> content) {
    int start = buffer.position();
    buffer.putInt(0);
    content.accept(this);
    buffer.putShort(start, (short) (buffer.position() - start));
    buffer.putShort(start + 2, (short) (type | NLA_F_NESTED));
    return this;
  }

  byte[] finish(int sequence) {
    buffer.putInt(0, buffer.position()).putInt(8, sequence);
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  /** Of a batch, of which the kernel answers the last and what it refuses. */
  byte[] finishUnanswered(int sequence) {
    int flags = Short.toUnsignedInt(buffer.getShort(6)) & ~NetlinkMessage.NLM_F_ACK;
    buffer.putShort(6, (short) flags);
    return finish(sequence);
  }

  private NetlinkRequest pad() {
    while (buffer.position() % 4 != 0) {
      buffer.put((byte) 0);
    }
    return this;
  }
}
