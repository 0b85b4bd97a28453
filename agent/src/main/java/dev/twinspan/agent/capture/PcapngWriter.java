package dev.twinspan.agent.capture;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Blocks of pcapng (draft-ietf-opsawg-pcapng), little-endian, put into a buffer that has room.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                          Block Type                           |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                      Block Total Length                       |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  /            Block Body, padded to a multiple of 4              /
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                      Block Total Length                       |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
final class PcapngWriter {
  static final int SECTION_HEADER = 0x0A0D0D0A;
  static final int INTERFACE_DESCRIPTION = 1;
  static final int INTERFACE_STATISTICS = 5;
  static final int ENHANCED_PACKET = 6;
  static final int DECRYPTION_SECRETS = 10;

  /** Raw IP, version by the first nibble (LINKTYPE_RAW). */
  static final int RAW_IP = 101;

  /** What a packet's block has beside the packet: header, one option, padding, trailer. */
  static final int PACKET_OVERHEAD = 28 + 12 + 3 + 4;

  static final int STATISTICS_LENGTH = 20 + 12 + 12 + 4 + 4;

  private static final int BYTE_ORDER_MAGIC = 0x1A2B3C4D;
  private static final int END_OF_OPTIONS = 0;

  private final ByteBuffer to;

  PcapngWriter(ByteBuffer to) {
    this.to = to.order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * @param application that wrote the file
   */
  void section(String application) {
    int start = begin(SECTION_HEADER);
    to.putInt(BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0);
    to.putLong(-1); // section length: not told
    text(4, application); // shb_userappl
    endOptions();
    end(start);
  }

  /** Time in nanoseconds. */
  void interfaceDescription(String name, String description, int snap) {
    int start = begin(INTERFACE_DESCRIPTION);
    to.putShort((short) RAW_IP).putShort((short) 0).putInt(snap);
    text(2, name); // if_name
    text(3, description); // if_description
    to.putShort((short) 9).putShort((short) 1).put((byte) 9).put(new byte[3]); // if_tsresol: 10^-9
    endOptions();
    end(start);
  }

  /**
   * @param nanos since 1970
   * @param header made up, before the packet
   * @param length of the packet before anything was cut off
   */
  void packet(
      int ofInterface,
      long nanos,
      boolean outbound,
      ByteBuffer header,
      ByteBuffer packet,
      int length) {
    int start = begin(ENHANCED_PACKET);
    int captured = header.remaining() + packet.remaining();
    to.putInt(ofInterface);
    time(nanos);
    to.putInt(captured).putInt(header.remaining() + length);
    to.put(header).put(packet);
    pad(captured);
    to.putShort((short) 2).putShort((short) 4).putInt(outbound ? 2 : 1); // epb_flags: direction
    endOptions();
    end(start);
  }

  /** May come again and again, the last one counts. */
  void statistics(int ofInterface, long nanos, long received, long dropped) {
    int start = begin(INTERFACE_STATISTICS);
    to.putInt(ofInterface);
    time(nanos);
    to.putShort((short) 4).putShort((short) 8).putLong(received); // isb_ifrecv
    to.putShort((short) 5).putShort((short) 8).putLong(dropped); // isb_ifdrop
    endOptions();
    end(start);
  }

  void secrets(int type, byte[] data) {
    int start = begin(DECRYPTION_SECRETS);
    to.putInt(type).putInt(data.length).put(data);
    pad(data.length);
    end(start);
  }

  private int begin(int type) {
    int start = to.position();
    to.putInt(type).putInt(0);
    return start;
  }

  private void end(int start) {
    int length = to.position() + 4 - start;
    to.putInt(start + 4, length).putInt(length);
  }

  private void time(long nanos) {
    to.putInt((int) (nanos >>> 32)).putInt((int) nanos);
  }

  private void text(int option, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    to.putShort((short) option).putShort((short) bytes.length).put(bytes);
    pad(bytes.length);
  }

  private void endOptions() {
    to.putShort((short) END_OF_OPTIONS).putShort((short) 0);
  }

  private void pad(int length) {
    to.put(new byte[-length & 3]);
  }
}
