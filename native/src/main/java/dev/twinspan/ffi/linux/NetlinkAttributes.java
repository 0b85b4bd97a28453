package dev.twinspan.ffi.linux;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a netlink message by their type; of a type that comes twice, the last counts,
 * as in the kernel.
 *
 * <pre>
 *   0 u16 length, header included   2 u16 type, with two flag bits   4 data, padded to 4
 * </pre>
 */
final class NetlinkAttributes {
  static final int HEADER = 4;

  /** NLA_F_NESTED and NLA_F_NET_BYTEORDER are not part of the type. */
  private static final int TYPE_MASK = 0x3fff;

  private final Map<Integer, ByteBuffer> attributes;

  private NetlinkAttributes(Map<Integer, ByteBuffer> attributes) {
    this.attributes = attributes;
  }

  /**
   * @throws MalformedNetlinkException when a length is too small or runs past the region
   */
  static NetlinkAttributes parse(ByteBuffer region) {
    Map<Integer, ByteBuffer> attributes = new HashMap<>();
    int at = 0;
    while (at < region.limit()) {
      int left = region.limit() - at;
      int length = left < HEADER ? left : Short.toUnsignedInt(region.getShort(at));
      if (length < HEADER || length > left) {
        throw new MalformedNetlinkException(
            "attribute length %d, expected %d to %d".formatted(length, HEADER, left));
      }
      int type = Short.toUnsignedInt(region.getShort(at + 2)) & TYPE_MASK;
      attributes.put(type, NetlinkMessage.part(region, at + HEADER, at + length));
      at += NetlinkMessage.padded(length);
    }
    return new NetlinkAttributes(attributes);
  }

  /** Attributes inside an attribute; none when it is absent. */
  NetlinkAttributes nested(int type) {
    ByteBuffer region = attributes.get(type);
    return region == null ? new NetlinkAttributes(Map.of()) : parse(region);
  }

  int u8(int type, int absent) {
    ByteBuffer data = of(type, Byte.BYTES);
    return data == null ? absent : Byte.toUnsignedInt(data.get(0));
  }

  int u32(int type, int absent) {
    ByteBuffer data = of(type, Integer.BYTES);
    return data == null ? absent : data.getInt(0);
  }

  /** Up to the first NUL, or whole. */
  @Nullable String string(int type) {
    ByteBuffer data = attributes.get(type);
    if (data == null) {
      return null;
    }
    byte[] bytes = bytes(data, 0);
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  /** An IPv4 or IPv6 address, by its length. */
  @Nullable InetAddress address(int type) {
    ByteBuffer data = attributes.get(type);
    return data == null ? null : toAddress(type, bytes(data, 0));
  }

  /** RTA_VIA: a u16 family before the address. */
  @Nullable InetAddress addressWithFamily(int type) {
    ByteBuffer data = of(type, Short.BYTES);
    return data == null ? null : toAddress(type, bytes(data, Short.BYTES));
  }

  private @Nullable ByteBuffer of(int type, int least) {
    ByteBuffer data = attributes.get(type);
    if (data != null && data.limit() < least) {
      throw new MalformedNetlinkException(
          "attribute %d with %d bytes, expected at least %d".formatted(type, data.limit(), least));
    }
    return data;
  }

  private static InetAddress toAddress(int type, byte[] bytes) {
    try {
      // The factory of Inet6Address leaves ::ffff:a.b.c.d what it is here: an IPv6 address.
      return bytes.length == 16
          ? Inet6Address.getByAddress(null, bytes, -1)
          : InetAddress.getByAddress(bytes);
    } catch (UnknownHostException _) {
      throw new MalformedNetlinkException(
          "attribute %d with an address of %d bytes, expected 4 or 16"
              .formatted(type, bytes.length));
    }
  }

  private static byte[] bytes(ByteBuffer data, int from) {
    byte[] bytes = new byte[data.limit() - from];
    data.get(from, bytes);
    return bytes;
  }
}
