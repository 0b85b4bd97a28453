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
 */
public record SaParameters(
    int tunnel,
    int spi,
    EspTransform transform,
    boolean esn,
    List<Selector> local,
    List<Selector> remote) {
  public SaParameters {
    local = List.copyOf(local);
    remote = List.copyOf(remote);
  }

  @Override
  public String toString() {
    return "%08x %s%s tunnel %d".formatted(spi, transform, esn ? " ESN" : "", tunnel);
  }
}
