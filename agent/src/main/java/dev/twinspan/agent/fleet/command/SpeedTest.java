package dev.twinspan.agent.fleet.command;

import dev.twinspan.agent.json.Json;
import dev.twinspan.ffi.crypto.CipherBench;
import dev.twinspan.ffi.crypto.CipherBench.Figures;
import dev.twinspan.ffi.crypto.EspBackendException;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspTransform;
import dev.twinspan.ffi.linux.ThreadPriority;
import java.time.Duration;
import tools.jackson.databind.node.ObjectNode;

/**
 * What one core does of ESP, as {@code bench crypto} measures it, with the library in use: once, of
 * the packets that fill 1500 bytes outside. Only with time that nobody else wants, so that a busy
 * box is told slower, and not slowed.
 */
final class SpeedTest {
  private static final EspTransform TRANSFORM = EspTransform.AES_GCM_256;
  private static final int INNER_BYTES = 1438;

  private SpeedTest() {}

  static Hands.Report run(String id, String backend, int seconds) {
    ThreadPriority.lowest();
    try {
      Figures figures =
          CipherBench.measure(
              EspBackends.choose(backend).backend(),
              TRANSFORM,
              INNER_BYTES,
              Duration.ofSeconds(seconds));
      double out = figures.esp().out().median();
      double in = figures.esp().in().median();
      double gigabits = INNER_BYTES * 8 / Math.max(out, in);
      ObjectNode result =
          Json.object()
              .put("backEnd", backend)
              .put("transform", "AES-256-GCM")
              .put("innerBytes", INNER_BYTES)
              .put("encapsulateNanos", round(out))
              .put("decapsulateNanos", round(in))
              .put("gigabits", round(gigabits));
      return new Hands.Report.Ended(
          id,
          true,
          "ok",
          "one core does AES-256-GCM of %.1f Gbit/s with %s, in the time left over"
              .formatted(gigabits, backend),
          result);
    } catch (EspBackendException e) {
      return new Hands.Report.Ended(
          id, false, "crypto_failed", String.valueOf(e.getMessage()), null);
    }
  }

  private static double round(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
