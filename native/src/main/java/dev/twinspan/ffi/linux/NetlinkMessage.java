package dev.twinspan.ffi.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One message of a netlink datagram, netlink(7). Native byte order.
 *
 * <pre>
 *   0 u32 length, header included   4 u16 type   6 u16 flags   8 u32 sequence   12 u32 port   16 body, padded to 4
 * </pre>
 *
 * @param body from behind the header to the length, position 0
 */
record NetlinkMessage(int type, int flags, int sequence, ByteBuffer body) {
  static final int HEADER = 16;

  static final int NLMSG_NOOP = 1;
  static final int NLMSG_ERROR = 2;
  static final int NLMSG_DONE = 3;

  static final int NLM_F_REQUEST = 1;
  static final int NLM_F_ACK = 4;
  static final int NLM_F_DUMP_INTR = 0x10;
  static final int NLM_F_REPLACE = 0x100;
  static final int NLM_F_DUMP = 0x300;
  static final int NLM_F_EXCL = 0x200;
  static final int NLM_F_CREATE = 0x400;

  /** Flags of an NLMSG_ERROR: the request is not repeated whole; attributes follow. */
  static final int NLM_F_CAPPED = 0x100;

  static final int NLM_F_ACK_TLVS = 0x200;

  /**
   * Takes a datagram apart.
   *
   * @throws MalformedNetlinkException when a length is too small or runs past the datagram
   */
  static List<NetlinkMessage> split(ByteBuffer datagram) {
    List<NetlinkMessage> messages = new ArrayList<>();
    ByteBuffer rest = datagram.slice().order(ByteOrder.nativeOrder());
    while (rest.hasRemaining()) {
      if (rest.remaining() < HEADER) {
        throw new MalformedNetlinkException(
            rest.remaining() + " bytes left, expected a header of " + HEADER);
      }
      int start = rest.position();
      long length = Integer.toUnsignedLong(rest.getInt(start));
      if (length < HEADER || length > rest.remaining()) {
        throw new MalformedNetlinkException(
            "length %d, expected %d to %d".formatted(length, HEADER, rest.remaining()));
      }
      messages.add(
          new NetlinkMessage(
              Short.toUnsignedInt(rest.getShort(start + 4)),
              Short.toUnsignedInt(rest.getShort(start + 6)),
              rest.getInt(start + 8),
              part(rest, start + HEADER, start + (int) length)));
      rest.position(Math.min(rest.limit(), start + padded((int) length)));
    }
    return messages;
  }

  /**
   * The attributes behind a fixed header.
   *
   * @throws MalformedNetlinkException when the body is shorter than the header, or as {@link
   *     NetlinkAttributes#parse}
   */
  NetlinkAttributes attributes(int fixedHeader) {
    require(fixedHeader);
    return NetlinkAttributes.parse(part(body, fixedHeader, body.limit()));
  }

  /**
   * @throws MalformedNetlinkException when the body has fewer bytes
   */
  void require(int bytes) {
    if (body.limit() < bytes) {
      throw new MalformedNetlinkException(
          "type %d with a body of %d bytes, expected at least %d"
              .formatted(type, body.limit(), bytes));
    }
  }

  int u8(int at) {
    return Byte.toUnsignedInt(body.get(at));
  }

  int u32(int at) {
    return body.getInt(at);
  }

  /** Bytes {@code from} to {@code to} as a buffer of their own. */
  static ByteBuffer part(ByteBuffer buffer, int from, int to) {
    return buffer.slice(from, to - from).order(ByteOrder.nativeOrder());
  }

  /** Messages and attributes start on multiples of four bytes. */
  static int padded(int length) {
    return (length + 3) & ~3;
  }
}
