package dev.twinspan.agent.bgp.message;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * The last message of a session (RFC 4271 section 4.5). Codes and subcodes: IANA "BGP Error
 * (Notification) Codes".
 */
public record Notification(int code, int subcode, Bytes data) implements BgpMessage {
  public static final int HEADER_ERROR = 1;
  public static final int OPEN_ERROR = 2;
  public static final int UPDATE_ERROR = 3;
  public static final int HOLD_TIMER_EXPIRED = 4;
  public static final int FSM_ERROR = 5;
  public static final int CEASE = 6;
  public static final int ROUTE_REFRESH_ERROR = 7;

  // Cease (RFC 4486, RFC 8538).
  public static final int MAX_PREFIXES = 1;
  public static final int ADMIN_SHUTDOWN = 2;
  public static final int PEER_DECONFIGURED = 3;
  public static final int ADMIN_RESET = 4;
  public static final int CONNECTION_REJECTED = 5;
  public static final int CONFIGURATION_CHANGE = 6;
  public static final int COLLISION = 7;
  public static final int OUT_OF_RESOURCES = 8;

  /** RFC 9003 section 2: as many octets as its length can say. */
  public static final int MAX_MESSAGE = 255;

  private static final Map<Integer, String> CODES =
      Map.of(
          HEADER_ERROR, "Message Header Error",
          OPEN_ERROR, "OPEN Message Error",
          UPDATE_ERROR, "UPDATE Message Error",
          HOLD_TIMER_EXPIRED, "Hold Timer Expired",
          FSM_ERROR, "Finite State Machine Error",
          CEASE, "Cease",
          ROUTE_REFRESH_ERROR, "ROUTE-REFRESH Message Error");

  private static final Map<Integer, String[]> SUBCODES =
      Map.of(
          HEADER_ERROR,
          names("", "Connection Not Synchronized", "Bad Message Length", "Bad Message Type"),
          OPEN_ERROR,
          names(
              "",
              "Unsupported Version Number",
              "Bad Peer AS",
              "Bad BGP Identifier",
              "Unsupported Optional Parameter",
              "",
              "Unacceptable Hold Time",
              "Unsupported Capability"),
          UPDATE_ERROR,
          names(
              "",
              "Malformed Attribute List",
              "Unrecognized Well-known Attribute",
              "Missing Well-known Attribute",
              "Attribute Flags Error",
              "Attribute Length Error",
              "Invalid ORIGIN Attribute",
              "",
              "Invalid NEXT_HOP Attribute",
              "Optional Attribute Error",
              "Invalid Network Field",
              "Malformed AS_PATH"),
          FSM_ERROR,
          names(
              "",
              "Unexpected Message in OpenSent State",
              "Unexpected Message in OpenConfirm State",
              "Unexpected Message in Established State"),
          CEASE,
          names(
              "",
              "Maximum Number of Prefixes Reached",
              "Administrative Shutdown",
              "Peer De-configured",
              "Administrative Reset",
              "Connection Rejected",
              "Other Configuration Change",
              "Connection Collision Resolution",
              "Out of Resources",
              "Hard Reset",
              "BFD Down"),
          ROUTE_REFRESH_ERROR,
          names("", "Invalid Message Length"));

  private static String[] names(String... names) {
    return names;
  }

  public static Notification of(int code, int subcode) {
    return new Notification(code, subcode, Bytes.EMPTY);
  }

  /**
   * Cease with words for the other side's operator, cut to what fits (RFC 9003).
   *
   * @param subcode {@link #ADMIN_SHUTDOWN} or {@link #ADMIN_RESET}
   */
  public static Notification cease(int subcode, String message) {
    byte[] text = message.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, MAX_MESSAGE);
    while (length > 0 && length < text.length && (text[length] & 0xc0) == 0x80) {
      length--;
    }
    byte[] data = new byte[1 + length];
    data[0] = (byte) length;
    System.arraycopy(text, 0, data, 1, length);
    return new Notification(CEASE, subcode, Bytes.of(data));
  }

  /** "Cease/Administrative Shutdown (6/2)". */
  public String name() {
    String first = CODES.getOrDefault(code, "unknown error");
    String[] known = SUBCODES.getOrDefault(code, names());
    String second = subcode < known.length ? known[subcode] : "";
    return "%s%s (%d/%d)".formatted(first, second.isEmpty() ? "" : "/" + second, code, subcode);
  }

  /**
   * What the other side's operator wrote (RFC 9003 section 2). Absent when there is none or it is
   * not UTF-8; control characters are shown as dots, since it goes to logs and terminals.
   */
  public Optional<String> shutdownMessage() {
    byte[] bytes = data.toArray();
    if (code != CEASE
        || subcode != ADMIN_SHUTDOWN && subcode != ADMIN_RESET
        || bytes.length == 0
        || (bytes[0] & 0xff) == 0
        || (bytes[0] & 0xff) > bytes.length - 1) {
      return Optional.empty();
    }
    try {
      CharBuffer text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(Arrays.copyOfRange(bytes, 1, 1 + (bytes[0] & 0xff))));
      return Optional.of(text.toString().replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Zl}\\p{Zp}]", "."));
    } catch (CharacterCodingException _) {
      return Optional.empty();
    }
  }

  /** For people. */
  public String sentence() {
    return name() + shutdownMessage().map(m -> ": \"" + m + "\"").orElse("");
  }
}
