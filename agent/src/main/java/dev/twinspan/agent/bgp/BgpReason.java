package dev.twinspan.agent.bgp;

/**
 * Why something happened.
 *
 * @param code stable, for machines: {@code established}, {@code hold-expired}, {@code
 *     notification-received}, {@code prefix-limit} …
 * @param sentence for people: the value seen, the value expected, the setting to change
 */
public record BgpReason(String code, String sentence) {}
