package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.netns.Addresses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * libreswan's pluto inside {@link UserModeLinux}. Its Debian package cannot be installed beside
 * strongSwan's, so {@code boards/bench/verify} unpacks it without installing it.
 */
final class KernelLibreswan implements RekeyPeer {
  private static final Pattern IKE_STATE =
      Pattern.compile("(?:000 )?#(\\d+): \"net\".*STATE_V2_ESTABLISHED_IKE_SA.*");
  private static final Pattern XFRM =
      Pattern.compile("src (\\S+) dst (\\S+)\\s+proto esp spi 0x([0-9a-f]{8})");

  private static final String CONF =
      """
      config setup
        uniqueids=no
        dnssec-enable=no
        logfile=/run/pluto.log
        logtime=no
      conn net
        left=%1$s
        leftid=%1$s
        leftsubnet=%3$s
        right=%2$s
        rightid=%2$s
        rightsubnet=%4$s
        ikev2=insist
        authby=secret
        ike=aes_gcm256-sha2_384-dh20
        esp=aes_gcm256
        pfs=yes
        encapsulation=auto
        replay-window=256
        retransmit-timeout=20s
        retransmit-interval=500
        leftupdown=%%disabled
        auto=add
      """;

  private final UserModeLinux machine;
  private final Path programs;

  private KernelLibreswan(UserModeLinux machine, Path programs) {
    this.machine = machine;
    this.programs = programs;
  }

  /** The directory with pluto, when there is one. */
  static Optional<Path> programs() {
    return Stream.of(
            System.getProperty("twinspan.libreswan", "../boards/bench/target/libreswan"), "/")
        .map(root -> Path.of(root, "usr/libexec/ipsec").toAbsolutePath().normalize())
        .filter(directory -> Files.isExecutable(directory.resolve("pluto")))
        .findFirst();
  }

  /** Loaded, and dialling when it is to initiate. */
  static KernelLibreswan start(UserModeLinux machine, Path programs, boolean initiates)
      throws IOException {
    KernelLibreswan pluto = new KernelLibreswan(machine, programs);
    String own = Addresses.INSTANCES.getFirst();
    Path conf = machine.directory().resolve("ipsec.conf");
    Path secrets = machine.directory().resolve("ipsec.secrets");
    Files.writeString(
        conf,
        CONF.formatted(own, Addresses.APPLIANCE, Addresses.VNET_PREFIX, Addresses.LAN_PREFIX));
    Files.writeString(
        secrets, "%s %s : PSK \"%s\"\n".formatted(own, Addresses.APPLIANCE, Gateways.PSK));
    // pluto wants its helpers where the package would have put them.
    machine.run(
        "mount -t tmpfs tmp /usr/libexec && ln -s %s /usr/libexec/ipsec".formatted(programs));
    machine.run("mkdir -p /run/pluto /run/nss");
    machine.run("certutil -N -d sql:/run/nss --empty-password");
    machine.run(
        "%s/pluto --config %s --secretsfile %s --nssdir /run/nss --rundir /run/pluto"
            .formatted(programs, conf, secrets));
    machine.run(
        "n=0; until [ -S /run/pluto/pluto.ctl ]; do n=$((n+1)); [ $n -lt 600 ] || exit 1; sleep"
            + " 0.1; done");
    machine.run(
        "%s/addconn --config %s --ctlsocket /run/pluto/pluto.ctl net".formatted(programs, conf));
    pluto.whack("--listen");
    if (initiates) {
      pluto.whack("--initiate --name net --asynchronous");
    }
    return pluto;
  }

  private String whack(String arguments) {
    return machine.run(
        "%s/whack --ctlsocket /run/pluto/pluto.ctl %s".formatted(programs, arguments));
  }

  @Override
  public void rekeyChild() {
    whack("--rekey-ipsec --name net --asynchronous");
  }

  @Override
  public void rekeyIke() {
    whack("--rekey-ike --name net --asynchronous");
  }

  /**
   * 4.10 discards an answer that comes while it computes and never asks again; of crossed IKE
   * rekeys it fails an expectation of its own (is_duplicate_response) and drops the IKE SA that
   * won.
   */
  @Override
  public boolean survivesCrossedRekeys() {
    return false;
  }

  @Override
  public Sas sas() {
    List<String> ike =
        whack("--showstates")
            .lines()
            .map(IKE_STATE::matcher)
            .filter(Matcher::matches)
            .map(match -> "#" + match.group(1))
            .toList();
    return new Sas(ike, pairs(machine.run("ip xfrm state")));
  }

  /** The kernel's states, which have no other order than that of their making: newest first. */
  private static List<Pair> pairs(String states) {
    List<Integer> in = new ArrayList<>();
    List<Integer> out = new ArrayList<>();
    Matcher match = XFRM.matcher(states);
    while (match.find()) {
      boolean inbound = match.group(2).equals(Addresses.INSTANCES.getFirst());
      (inbound ? in : out).add(Integer.parseUnsignedInt(match.group(3), 16));
    }
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < Math.max(in.size(), out.size()); i++) {
      pairs.add(new Pair(i < in.size() ? in.get(i) : 0, i < out.size() ? out.get(i) : 0));
    }
    return pairs;
  }

  @Override
  public Overflows overflows() {
    return machine.overflows();
  }

  @Override
  public String refused() {
    return machine.refused();
  }

  @Override
  public String refusedEsp() {
    return machine.refusedEsp();
  }

  @Override
  public String tail() {
    return machine
        .tryRun(
            "tail -n 60 /run/pluto.log; %s/whack --ctlsocket /run/pluto/pluto.ctl --showstates; ip xfrm state; ip xfrm policy"
                .formatted(programs))
        .output();
  }
}
