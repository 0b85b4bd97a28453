package dev.twinspan.agent.ike;

import java.util.Map;

/**
 * Why a transition happened.
 *
 * @param code stable, for machines: {@code psk-mismatch}, {@code no-proposal-chosen}, {@code
 *     wrong-identity}, {@code ts-unacceptable}, {@code no-answer}, {@code peer-deleted}, {@code
 *     liveness-timeout}, {@code established}, {@code rekeyed}, {@code reset-by-operator} …
 * @param sentence for people: the value seen, the value expected, the setting to change
 * @param details what each side offered and the like, for status: label → value
 */
public record IkeReason(String code, String sentence, Map<String, String> details) {
  public static IkeReason of(String code, String sentence) {
    return new IkeReason(code, sentence, Map.of());
  }
}
