package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.PrfAlgorithm;
import dev.twinspan.ffi.crypto.EspTransform;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is offered and accepted, in order of preference.
 *
 * @param name as the operator wrote it, for error sentences: {@code azure-strong}, {@code
 *     azure-default}, {@code custom}
 * @param ikeLifetime rekey the IKE SA after this (jitter is taken off by the engine)
 * @param childLifetime rekey the CHILD SA after this
 * @param childBytes rekey the CHILD SA after so many bytes in either direction; 0: no limit
 */
public record IkePolicy(
    String name,
    List<IkeSuite> ike,
    List<EspSuite> esp,
    Duration ikeLifetime,
    Duration childLifetime,
    long childBytes) {
  public record IkeSuite(IkeCipher cipher, PrfAlgorithm prf, DhGroup group) {}

  /**
   * @param pfs group of the CHILD SA's own key exchange in CREATE_CHILD_SA; null: none
   */
  public record EspSuite(EspTransform transform, @Nullable DhGroup pfs, boolean esn) {}
}
