package dev.twinspan.agent.tunnel;

/**
 * Why something happened to a tunnel.
 *
 * @param code stable, for machines: {@code unanswered}, {@code esp-blackhole}, {@code hold-down},
 *     {@code carrying}, {@code drained} …
 * @param sentence for people: what was seen, what is done about it
 */
public record TunnelReason(String code, String sentence) {}
