package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanBox;
import dev.twinspan.agent.rehearse.peer.TwinspanSettings;
import dev.twinspan.agent.status.TunnelStatus;
import java.util.List;

/** The appliance with the gateway's first instance as its only peer: {@code hub-weu/in0}. */
final class SingleTunnel {
  private SingleTunnel() {}

  /** Added to the bench, not started. */
  static TwinspanBox appliance(Bench bench, Suite suite, Role role, String... extra) {
    TwinspanBox box = Gateways.appliance(bench, suite, role);
    TwinspanSettings both = box.settings();
    box.configure(
        new TwinspanSettings(
            both.device(),
            both.wanAddress(),
            both.publicAddress(),
            both.lan(),
            both.connection(),
            "single-tunnel",
            both.prefixes(),
            both.role(),
            both.suite(),
            both.psk(),
            both.dpd(),
            List.of(both.remotes().getFirst()),
            List.of(extra),
            both.top()));
    return box;
  }

  static boolean up(TwinspanBox box) {
    return box.status()
        .map(status -> status.tunnels().getFirst().state() == TunnelStatus.State.UP)
        .orElse(false);
  }
}
