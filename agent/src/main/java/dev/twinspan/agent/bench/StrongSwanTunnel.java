package dev.twinspan.agent.bench;

import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.StrongSwan;
import dev.twinspan.agent.rehearse.peer.StrongSwanSettings;
import dev.twinspan.agent.rehearse.peer.Suite;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;

/** Stock strongSwan with its user-space ESP (libipsec), AES-256-GCM like ours. */
final class StrongSwanTunnel implements RivalTunnel {
  private static final Duration DPD = Duration.ofSeconds(30);

  /** The name libipsec gives the first device in a namespace. */
  private static final String DEVICE = "ipsec0";

  private final StrongSwan near;
  private final StrongSwan far;
  private final RivalStage stage;

  StrongSwanTunnel(RivalStage stage) {
    this.stage = stage;
    byte[] psk = new byte[16];
    new SecureRandom().nextBytes(psk);
    String secret = HexFormat.of().formatHex(psk);
    near = end(stage, true, secret);
    far = end(stage, false, secret);
  }

  private static StrongSwan end(RivalStage stage, boolean atNear, String secret) {
    String local = atNear ? RivalStage.NEAR : RivalStage.FAR;
    String remote = atNear ? RivalStage.FAR : RivalStage.NEAR;
    String behind = atNear ? stage.farPrefix() : stage.nearPrefix();
    Namespace machine = atNear ? stage.near() : stage.far();
    String end = (atNear ? "n" : "f") + stage.number();
    return new StrongSwan(
        machine,
        stage.directory().resolve(end),
        stage.directory().resolve(end + "s"),
        new StrongSwanSettings(
            local,
            remote,
            local,
            remote,
            secret,
            Suite.AZURE_STRONG,
            atNear ? stage.nearPrefix() : stage.farPrefix(),
            behind,
            atNear ? Role.DEFAULT : Role.RESPONDER_ONLY,
            DPD,
            DEVICE,
            behind,
            true));
  }

  @Override
  public void start() {
    stage.near().ip("addr", "add", stage.nearInside() + "/32", "dev", "lo");
    stage.far().ip("addr", "add", stage.farInside() + "/32", "dev", "lo");
    far.start();
    near.start();
  }

  @Override
  public String version() {
    // "strongSwan 5.9.8 charon-systemd (Linux, …)"
    String[] words = near.swanctl("--version", "--daemon").strip().split(" ", 3);
    if (words.length < 2) {
      throw new BenchException("swanctl --version --daemon said " + String.join(" ", words));
    }
    return words[1] + ", libipsec";
  }

  @Override
  public List<Daemon> near() {
    return near.program().stream().toList();
  }

  @Override
  public List<Daemon> far() {
    return far.program().stream().toList();
  }

  @Override
  public String tail() {
    return near.tail();
  }

  @Override
  public void close() {
    // Its processes are the sandbox's, its files the directory's.
  }
}
