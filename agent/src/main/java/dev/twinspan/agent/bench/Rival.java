package dev.twinspan.agent.bench;

import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Requirements;
import dev.twinspan.agent.rehearse.peer.StrongSwan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Whom {@code bench datapath --vs} compares with. */
enum Rival {
  STRONGSWAN("strongswan") {
    @Override
    List<String> programs() {
      return StrongSwan.missing();
    }

    @Override
    RivalTunnel tunnel(RivalStage stage) {
      return new StrongSwanTunnel(stage);
    }
  },

  WIREGUARD_GO("wireguard-go") {
    @Override
    List<String> programs() {
      return unlessInstalled(
          WireGuardGo.PROGRAM, "wireguard-go, of Debian 13 or later for its offloads");
    }

    @Override
    RivalTunnel tunnel(RivalStage stage) {
      return new WireGuardGo(stage);
    }
  },

  XFRM("xfrm") {
    @Override
    List<String> programs() {
      return List.of();
    }

    @Override
    String refusal(Namespace machine) {
      return XfrmTunnel.refusal(machine);
    }

    @Override
    RivalTunnel tunnel(RivalStage stage) {
      return new XfrmTunnel(stage);
    }
  },

  WIREGUARD("wireguard") {
    @Override
    List<String> programs() {
      return unlessInstalled(KernelWireGuard.PROGRAM, "wireguard-tools");
    }

    @Override
    String refusal(Namespace machine) {
      return KernelWireGuard.refusal(machine);
    }

    @Override
    RivalTunnel tunnel(RivalStage stage) {
      return new KernelWireGuard(stage);
    }
  };

  private final String title;

  Rival(String title) {
    this.title = title;
  }

  /** As {@code --vs} takes it. */
  String title() {
    return title;
  }

  static Optional<Rival> of(String title) {
    return Arrays.stream(values()).filter(rival -> rival.title.equals(title)).findFirst();
  }

  static List<String> titles() {
    return Arrays.stream(values()).map(Rival::title).toList();
  }

  /** What must be installed and is not; empty when nothing is. */
  final List<String> missing() {
    List<String> missing = new ArrayList<>(Requirements.missing());
    missing.addAll(programs());
    return missing;
  }

  abstract List<String> programs();

  /** Why this kernel cannot do it, in its own words; empty when it can. */
  String refusal(Namespace machine) {
    return "";
  }

  abstract RivalTunnel tunnel(RivalStage stage);

  static List<String> unlessInstalled(String program, String debianPackage) {
    return Requirements.installed(program)
        ? List.of()
        : List.of("%s (package %s)".formatted(program, debianPackage));
  }
}
