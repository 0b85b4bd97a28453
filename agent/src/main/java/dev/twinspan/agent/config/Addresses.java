package dev.twinspan.agent.config;

import inet.ipaddr.AddressStringException;
import inet.ipaddr.AddressStringParameters.RangeParameters;
import inet.ipaddr.IPAddress;
import inet.ipaddr.IPAddressNetwork.IPAddressGenerator;
import inet.ipaddr.IPAddressString;
import inet.ipaddr.IPAddressStringParameters;
import inet.ipaddr.IncompatibleAddressException;
import java.net.InetAddress;

/** Addresses and prefixes as people write them. Never asks DNS. */
public final class Addresses {
  /** Four decimal bytes or RFC 4291 section 2.2; no wildcards, zones, octal or shortened forms. */
  private static final IPAddressStringParameters STRICT =
      new IPAddressStringParameters.Builder()
          .allowAll(false)
          .allowEmpty(false)
          .allowMask(false)
          .allowPrefix(false)
          .allowSingleSegment(false)
          .allowWildcardedSeparator(false)
          .getIPv4AddressParametersBuilder()
          .allow_inet_aton(false)
          .allowLeadingZeros(false)
          .setRangeOptions(RangeParameters.NO_RANGE)
          .getParentBuilder()
          .getIPv6AddressParametersBuilder()
          .allowZone(false)
          .allowBase85(false)
          .setRangeOptions(RangeParameters.NO_RANGE)
          .getParentBuilder()
          .toParams();

  /** What is wrong with a text, and what was expected. */
  public static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String sentence) {
      super(sentence);
    }

    public String sentence() {
      return String.valueOf(getMessage());
    }
  }

  private Addresses() {}

  public static InetAddress address(String text) throws Malformed {
    try {
      IPAddress address = new IPAddressString(text, STRICT).toAddress();
      return address.toInetAddress();
    } catch (AddressStringException | IncompatibleAddressException e) {
      throw new Malformed(
          "\"%s\" is not an address, expected one such as 203.0.113.10 or 2001:db8::10%s"
              .formatted(Words.cut(text), text.contains("/") ? " (without a length)" : ""));
    }
  }

  public static Prefix prefix(String text) throws Malformed {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new Malformed(
          "\"%s\" has no length, expected a prefix such as %s"
              .formatted(Words.cut(text), suggestion(text)));
    }
    InetAddress address;
    try {
      address = address(text.substring(0, slash));
    } catch (Malformed e) {
      throw new Malformed(
          "\"%s\" is not a prefix, expected one such as 10.10.0.0/16 or 2001:db8::/48"
              .formatted(Words.cut(text)));
    }
    int bits = address.getAddress().length * Byte.SIZE;
    String digits = text.substring(slash + 1);
    if (!digits.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(digits) > bits) {
      throw new Malformed(
          "\"%s\" has the length %s, expected 0 to %d"
              .formatted(Words.cut(text), Words.cut(digits), bits));
    }
    int length = Integer.parseInt(digits);
    InetAddress network = Prefix.networkOf(address, length);
    if (!network.equals(address)) {
      throw new Malformed(
          "\"%s\" has host bits set, did you mean %s/%d or the single address %s/%d?"
              .formatted(text, text(network), length, text(address), bits));
    }
    return new Prefix(address, length);
  }

  /** Shortest usual form. */
  public static String text(InetAddress address) {
    return new IPAddressGenerator().from(address).toCanonicalString();
  }

  private static String suggestion(String text) {
    try {
      InetAddress address = address(text);
      return text(address) + (address.getAddress().length == 4 ? "/32" : "/128");
    } catch (Malformed e) {
      return "10.10.0.0/16";
    }
  }
}
