package dev.twinspan.ffi.linux;

import org.jspecify.annotations.Nullable;

/**
 * A policy-routing rule, ip-rule(8): packets that match look into a table.
 *
 * @param ipv4 IPv4's rules, else IPv6's
 * @param priority as u32: the lowest is asked first
 * @param table where matching packets look; 0 when the rule does something else than look up
 * @param mark firewall mark (SO_MARK) to match, under {@code markMask}
 * @param markMask 0: any mark
 * @param inverted packets that do not match
 * @param suppressPrefixLength routes of this prefix length or shorter do not count ({@code 0}: no
 *     default route); -1 for none
 * @param source null: any
 * @param destination null: any
 * @param protocol who put it there, as on {@link KernelRoute}
 */
public record KernelRule(
    boolean ipv4,
    int priority,
    int table,
    int mark,
    int markMask,
    boolean inverted,
    int suppressPrefixLength,
    @Nullable IpPrefix source,
    @Nullable IpPrefix destination,
    int protocol) {

  /** One of our own that sends every packet to a table. */
  public static KernelRule lookup(boolean ipv4, int priority, int table) {
    return new KernelRule(
        ipv4, priority, table, 0, 0, false, -1, null, null, KernelRoute.PROTOCOL_TWINSPAN);
  }

  public KernelRule withMark(int value) {
    return new KernelRule(
        ipv4,
        priority,
        table,
        value,
        -1,
        inverted,
        suppressPrefixLength,
        source,
        destination,
        protocol);
  }

  /** Turns the match round. */
  public KernelRule not() {
    return new KernelRule(
        ipv4,
        priority,
        table,
        mark,
        markMask,
        !inverted,
        suppressPrefixLength,
        source,
        destination,
        protocol);
  }

  public KernelRule withSuppressPrefixLength(int length) {
    return new KernelRule(
        ipv4, priority, table, mark, markMask, inverted, length, source, destination, protocol);
  }

  /** As ip-rule(8) would write it. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(ipv4 ? "" : "-6 ");
    text.append("priority ").append(Integer.toUnsignedString(priority));
    text.append(inverted ? " not" : "");
    text.append(" from ").append(source == null ? "all" : source);
    if (destination != null) {
      text.append(" to ").append(destination);
    }
    if (markMask != 0) {
      text.append(" fwmark 0x%x/0x%x".formatted(mark, markMask));
    }
    text.append(" lookup ").append(Integer.toUnsignedString(table));
    return suppressPrefixLength < 0
        ? text.toString()
        : text.append(" suppress_prefixlength ").append(suppressPrefixLength).toString();
  }
}
