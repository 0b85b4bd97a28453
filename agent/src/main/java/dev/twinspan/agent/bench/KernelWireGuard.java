package dev.twinspan.agent.bench;

import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.rehearse.netns.Namespace;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/** The kernel's own WireGuard, set up with wg(8). */
final class KernelWireGuard implements KernelTunnel {
  static final String PROGRAM = "wg";
  private static final String DEVICE = "wg0";
  private static final String PORT = "51820";

  private final RivalStage stage;

  KernelWireGuard(RivalStage stage) {
    this.stage = stage;
  }

  /** Why the kernel of this machine has none, in its words; empty when it has. */
  static String refusal(Namespace machine) {
    return RivalStage.refusal(machine, "link", "add", "wgtest", "type", "wireguard");
  }

  @Override
  public void start() {
    WireGuardKey nearKey = WireGuardKey.generate();
    WireGuardKey farKey = WireGuardKey.generate();
    end(stage.near(), nearKey, farKey, RivalStage.FAR);
    end(stage.far(), farKey, nearKey, RivalStage.NEAR);
  }

  private void end(Namespace machine, WireGuardKey own, WireGuardKey peer, String endpoint) {
    machine.ip("link", "add", DEVICE, "type", "wireguard");
    machine
        .run(
            base64(own.secret()) + "\n",
            List.of(
                PROGRAM,
                "set",
                DEVICE,
                "listen-port",
                PORT,
                "private-key",
                "/dev/stdin",
                "peer",
                base64(peer.share()),
                "endpoint",
                endpoint + ":" + PORT,
                "allowed-ips",
                "0.0.0.0/0"))
        .orThrow();
    stage.route(machine, DEVICE);
  }

  private static String base64(String hexadecimal) {
    return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(hexadecimal));
  }

  @Override
  public String tail() {
    Exec.Result shown = stage.near().run("", List.of(PROGRAM, "show", DEVICE, "transfer"));
    return shown.out() + shown.err();
  }
}
