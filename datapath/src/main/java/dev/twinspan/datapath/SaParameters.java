package dev.twinspan.datapath;

import dev.twinspan.ffi.crypto.EspTransform;
import java.util.List;

/**
 * What one direction of a CHILD SA was negotiated to be.
 *
 * @param tunnel {@link TunnelPath#id} it belongs to
 * @param spi of this direction, host byte order: ours for inbound, the peer's for outbound
 * @param esn extended sequence numbers
 * @param local negotiated selectors of our side
 * @param remote of the peer's side
 * @param limits of this direction
 */
public record SaParameters(
    int tunnel,
    int spi,
    EspTransform transform,
    boolean esn,
    List<Selector> local,
    List<Selector> remote,
    SaLimits limits) {
  /** Without limits. */
  public SaParameters(
      int tunnel,
      int spi,
      EspTransform transform,
      boolean esn,
      List<Selector> local,
      List<Selector> remote) {
    this(tunnel, spi, transform, esn, local, remote, SaLimits.NONE);
  }

  public SaParameters {
    local = List.copyOf(local);
    remote = List.copyOf(remote);
  }

  @Override
  public String toString() {
    return "%08x %s%s tunnel %d".formatted(spi, transform, esn ? " ESN" : "", tunnel);
  }
}
