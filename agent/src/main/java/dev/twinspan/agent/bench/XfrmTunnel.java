package dev.twinspan.agent.bench;

import dev.twinspan.agent.rehearse.netns.Namespace;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;

/**
 * The kernel's own ESP (XFRM), AES-256-GCM with extended sequence numbers like ours, as protocol
 * 50: espinudp wants a socket that an IKE daemon owns.
 */
final class XfrmTunnel implements KernelTunnel {
  /** RFC 4106: 32 bytes of key, 4 of salt. */
  private static final int KEY_MATERIAL = 36;

  private static final int REPLAY_WINDOW = 128;
  private static final int SPI_THERE = 0x1001;
  private static final int SPI_BACK = 0x1002;

  private final RivalStage stage;

  XfrmTunnel(RivalStage stage) {
    this.stage = stage;
  }

  /** Why the kernel of this machine has none, in its words; empty when it has. */
  static String refusal(Namespace machine) {
    return RivalStage.refusal(
        machine,
        state(RivalStage.NEAR, RivalStage.FAR, 0x1000, randomKey()).toArray(String[]::new));
  }

  @Override
  public void start() {
    String there = randomKey();
    String back = randomKey();
    for (Namespace machine : List.of(stage.near(), stage.far())) {
      boolean atNear = machine.equals(stage.near());
      ip(machine, state(RivalStage.NEAR, RivalStage.FAR, SPI_THERE, there));
      ip(machine, state(RivalStage.FAR, RivalStage.NEAR, SPI_BACK, back));
      // What comes without ESP is not let in by a policy that wants it.
      ip(machine, policy(atNear ? "out" : "in", true));
      ip(machine, policy(atNear ? "in" : "out", false));
      machine.ip(
          "addr", "add", (atNear ? stage.nearInside() : stage.farInside()) + "/32", "dev", "lo");
      machine.ip(
          "route",
          "add",
          atNear ? stage.farPrefix() : stage.nearPrefix(),
          "via",
          atNear ? RivalStage.FAR : RivalStage.NEAR);
    }
  }

  private static List<String> state(String from, String to, int spi, String key) {
    return List.of(
        "xfrm",
        "state",
        "add",
        "src",
        from,
        "dst",
        to,
        "proto",
        "esp",
        "spi",
        Integer.toString(spi),
        "mode",
        "tunnel",
        "replay-window",
        Integer.toString(REPLAY_WINDOW),
        "flag",
        "esn",
        "aead",
        "rfc4106(gcm(aes))",
        key,
        "128");
  }

  private List<String> policy(String direction, boolean there) {
    return List.of(
        "xfrm",
        "policy",
        "add",
        "src",
        there ? stage.nearPrefix() : stage.farPrefix(),
        "dst",
        there ? stage.farPrefix() : stage.nearPrefix(),
        "dir",
        direction,
        "tmpl",
        "src",
        there ? RivalStage.NEAR : RivalStage.FAR,
        "dst",
        there ? RivalStage.FAR : RivalStage.NEAR,
        "proto",
        "esp",
        "mode",
        "tunnel");
  }

  private static void ip(Namespace machine, List<String> arguments) {
    machine.ip(arguments.toArray(String[]::new));
  }

  private static String randomKey() {
    byte[] key = new byte[KEY_MATERIAL];
    new SecureRandom().nextBytes(key);
    return "0x" + HexFormat.of().formatHex(key);
  }

  @Override
  public String tail() {
    return stage.near().ip("-s", "xfrm", "state") + stage.far().ip("-s", "xfrm", "state");
  }
}
