package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.netns.Addresses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** strongSwan inside {@link UserModeLinux}: its ESP is that kernel's, by kernel-netlink. */
final class KernelStrongSwan implements RekeyPeer {
  private static final String ENVIRONMENT = "STRONGSWAN_CONF=%s/strongswan.conf ";
  private static final String LOG = "/run/charon.log";

  private final UserModeLinux machine;
  private final String directory;

  private KernelStrongSwan(UserModeLinux machine) {
    this.machine = machine;
    this.directory = machine.directory().toString();
  }

  /** Configured, loaded, and dialling when it is to initiate. */
  static KernelStrongSwan start(UserModeLinux machine, boolean initiates) throws IOException {
    KernelStrongSwan charon = new KernelStrongSwan(machine);
    Path directory = machine.directory();
    Files.writeString(directory.resolve("strongswan.conf"), STRONGSWAN);
    Files.writeString(
        directory.resolve("swanctl.conf"),
        SWANCTL.formatted(
            Addresses.INSTANCES.getFirst(),
            Addresses.APPLIANCE,
            Addresses.VNET_PREFIX,
            Addresses.LAN_PREFIX,
            initiates ? "start" : "none",
            Gateways.PSK));
    machine.run(charon.environment() + "charon-systemd >/run/charon.out 2>&1 &");
    machine.run(
        "n=0; until [ -S /run/vici ]; do n=$((n+1)); [ $n -lt 600 ] || exit 1; sleep 0.1; done");
    charon.swanctl("--load-all --noprompt --file " + directory.resolve("swanctl.conf"));
    return charon;
  }

  private static final String STRONGSWAN =
      """
      charon-systemd {
        load = random nonce aes sha1 sha2 hmac kdf gmp openssl gcm kernel-netlink socket-default vici
        install_routes = no
        install_virtual_ip = no
        retransmit_tries = 3
        retransmit_timeout = 1.0
        retransmit_base = 1.5
        plugins { vici { socket = unix:///run/vici } }
        filelog { bench { path = /run/charon.log
            flush_line = yes
            default = 1 } }
        journal { default = -1 }
      }
      """;

  /** Selectors as narrow as the prefixes: any-any would swallow what the VNet is sent, too. */
  private static final String SWANCTL =
      """
      connections {
        bench {
          version = 2
          local_addrs = %1$s
          remote_addrs = %2$s
          proposals = aes256gcm16-prfsha384-ecp384,aes256-sha384-ecp384
          encap = no
          mobike = no
          dpd_delay = 9s
          keyingtries = 0
          unique = never
          local { auth = psk
                  id = %1$s }
          remote { auth = psk
                   id = %2$s }
          children {
            net {
              local_ts = %3$s
              remote_ts = %4$s
              esp_proposals = aes256gcm16-ecp384,aes256gcm16
              start_action = %5$s
              close_action = %5$s
              replay_window = 256
            }
          }
        }
      }
      secrets {
        ike-bench { secret = "%6$s" }
      }
      """;

  private String environment() {
    return ENVIRONMENT.formatted(directory);
  }

  private String swanctl(String arguments) {
    return machine.run(environment() + "swanctl " + arguments + " --uri unix:///run/vici");
  }

  @Override
  public void rekeyChild() {
    swanctl("--rekey --child net");
  }

  @Override
  public void rekeyIke() {
    swanctl("--rekey --ike bench");
  }

  @Override
  public Sas sas() {
    return StrongSwanSas.parse(swanctl("--list-sas"));
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
    return machine.tryRun("tail -n 120 " + LOG + "; cat /run/charon.out").output();
  }
}
