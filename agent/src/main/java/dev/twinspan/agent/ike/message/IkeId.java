package dev.twinspan.agent.ike.message;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An identity (RFC 7296 section 3.5). Equal when type and bytes are.
 *
 * @param type 1 ID_IPV4_ADDR, 2 ID_FQDN, 3 ID_RFC822_ADDR, 5 ID_IPV6_ADDR, 9 ID_DER_ASN1_DN, 11
 *     ID_KEY_ID
 * @param data never changed after construction
 */
public record IkeId(int type, byte[] data) {
  public static final int IPV4_ADDR = 1;
  public static final int FQDN = 2;
  public static final int RFC822_ADDR = 3;
  public static final int IPV6_ADDR = 5;
  public static final int DER_ASN1_DN = 9;
  public static final int KEY_ID = 11;

  public static IkeId of(InetAddress address) {
    byte[] bytes = address.getAddress();
    return new IkeId(bytes.length == 4 ? IPV4_ADDR : IPV6_ADDR, bytes);
  }

  /** Without a terminator, as section 3.5 demands. */
  public static IkeId fqdn(String name) {
    return new IkeId(FQDN, name.getBytes(StandardCharsets.US_ASCII));
  }

  /** With its type, as it goes into error sentences: {@code 203.0.113.7 (ID_IPV4_ADDR)}. */
  public String text() {
    return switch (type) {
      case IPV4_ADDR, IPV6_ADDR ->
          address() + (type == IPV4_ADDR ? " (ID_IPV4_ADDR)" : " (ID_IPV6_ADDR)");
      case FQDN -> printable() + " (ID_FQDN)";
      case RFC822_ADDR -> printable() + " (ID_RFC822_ADDR)";
      case DER_ASN1_DN -> hex() + " (ID_DER_ASN1_DN)";
      case KEY_ID -> hex() + " (ID_KEY_ID)";
      default -> hex() + " (identity type " + type + ")";
    };
  }

  private String address() {
    try {
      return InetAddress.getByAddress(data).getHostAddress();
    } catch (UnknownHostException _) {
      return hex();
    }
  }

  /** A peer chose these bytes: nothing may reach a terminal that could move its cursor. */
  private String printable() {
    StringBuilder text = new StringBuilder(data.length);
    for (byte b : data) {
      text.append(b > ' ' && b < 0x7f ? (char) b : '?');
    }
    return text.toString();
  }

  private String hex() {
    return HexFormat.of().formatHex(data);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IkeId(var thatType, var thatData)
        && type == thatType
        && Arrays.equals(data, thatData);
  }

  @Override
  public int hashCode() {
    return 31 * type + Arrays.hashCode(data);
  }

  @Override
  public String toString() {
    return text();
  }
}
