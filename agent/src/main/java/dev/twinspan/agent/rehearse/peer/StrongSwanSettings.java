package dev.twinspan.agent.rehearse.peer;

import java.time.Duration;

/**
 * One connection of one charon.
 *
 * @param local address it sends from; also its identity unless {@code localId} says otherwise
 * @param remote the other end's address, or {@code %any} to wait for anyone
 * @param localSelector and {@code remoteSelector}: traffic selectors, {@code 0.0.0.0/0} when
 *     route-based
 * @param role whether it dials
 * @param dpd how long the peer may be silent before it is asked
 * @param device the tunnel interface that libipsec will make: {@code ipsec0} for the first charon
 *     in a namespace
 * @param routed the prefix that is routed into the tunnel while it is up
 * @param behindPort500 whether it uses the IKE ports; else ports of its own choice, as a second
 *     charon in the same namespace must
 */
public record StrongSwanSettings(
    String local,
    String remote,
    String localId,
    String remoteId,
    String psk,
    Suite suite,
    String localSelector,
    String remoteSelector,
    Role role,
    Duration dpd,
    String device,
    String routed,
    boolean behindPort500) {

  public StrongSwanSettings withPsk(String value) {
    return new StrongSwanSettings(
        local,
        remote,
        localId,
        remoteId,
        value,
        suite,
        localSelector,
        remoteSelector,
        role,
        dpd,
        device,
        routed,
        behindPort500);
  }

  public StrongSwanSettings withLocalId(String value) {
    return new StrongSwanSettings(
        local,
        remote,
        value,
        remoteId,
        psk,
        suite,
        localSelector,
        remoteSelector,
        role,
        dpd,
        device,
        routed,
        behindPort500);
  }

  public StrongSwanSettings withSuite(Suite value) {
    return new StrongSwanSettings(
        local,
        remote,
        localId,
        remoteId,
        psk,
        value,
        localSelector,
        remoteSelector,
        role,
        dpd,
        device,
        routed,
        behindPort500);
  }

  public StrongSwanSettings withSelectors(String localValue, String remoteValue) {
    return new StrongSwanSettings(
        local,
        remote,
        localId,
        remoteId,
        psk,
        suite,
        localValue,
        remoteValue,
        role,
        dpd,
        device,
        routed,
        behindPort500);
  }

  /** With another prefix that is led into the tunnel while it is up. */
  public StrongSwanSettings withRouted(String value) {
    return new StrongSwanSettings(
        local,
        remote,
        localId,
        remoteId,
        psk,
        suite,
        localSelector,
        remoteSelector,
        role,
        dpd,
        device,
        value,
        behindPort500);
  }

  public StrongSwanSettings withRole(Role value) {
    return new StrongSwanSettings(
        local,
        remote,
        localId,
        remoteId,
        psk,
        suite,
        localSelector,
        remoteSelector,
        value,
        dpd,
        device,
        routed,
        behindPort500);
  }

  String strongswanConf(String directory) {
    return """
    # Its own file by STRONGSWAN_CONF, so nothing of /etc is read.
    charon-systemd {
      # Without bypass-lan and the like, which install policies of their own.
      load = random nonce aes sha1 sha2 hmac kdf gmp openssl gcm pem pkcs1 pkcs8 x509 kernel-libipsec kernel-netlink socket-default updown vici
      port = %2$s
      port_nat_t = %3$s
      # libipsec installs a default route of its own for 0.0.0.0/0 selectors in spite of
      # install_routes; in a table looked up after main it does no harm.
      routing_table = 220
      routing_table_prio = 40000
      install_routes = no
      install_virtual_ip = no
      # Gives up after 8 s, not after stock's 165.
      retransmit_tries = 3
      retransmit_timeout = 1.0
      retransmit_base = 1.5
      plugins {
        vici { socket = unix://%1$s/vici }
        kernel-libipsec { load = yes }
      }
      filelog {
        bench {
          path = %1$s/charon.log
          flush_line = yes
          default = 1
          time_format = %%T
        }
      }
      journal { default = -1 }
    }
    """
        .formatted(directory, behindPort500 ? "500" : "0", behindPort500 ? "4500" : "0");
  }

  String swanctlConf(String directory) {
    return """
    connections {
      bench {
        version = 2
        local_addrs = %s
        remote_addrs = %s
        proposals = %s
        encap = yes
        mobike = no
        dpd_delay = %ds
        keyingtries = 0
        # Both ends may have dialled at once: neither throws away what the other uses.
        unique = never
        local { auth = psk
                id = %s }
        remote { auth = psk
                 id = %s }
        children {
          net {
            local_ts = %s
            remote_ts = %s
            esp_proposals = %s
            start_action = %s
            close_action = %s
            dpd_action = %s
            updown = %s/updown
          }
        }
      }
    }
    secrets {
      ike-bench { secret = "%s" }
    }
    """
        .formatted(
            local,
            role.initiates() ? remote : "%any",
            suite.ike(),
            dpd.toSeconds(),
            localId,
            remoteId,
            localSelector,
            remoteSelector,
            suite.esp(),
            role.initiates() ? "start" : "none",
            role.initiates() ? "start" : "none",
            role.initiates() ? "restart" : "clear",
            directory,
            psk);
  }

  /**
   * Routes the prefix over every device that has an SA: one file per IKE SA and device stands for
   * it, since several may live at once. {@code shared} is common to the charons of a namespace.
   */
  String updown(String shared) {
    return """
    #!/bin/sh
    set -eu
    exec 9>%1$s/lock
    flock 9
    mark="%1$s/%2$s.$PLUTO_UNIQUEID"
    case "$PLUTO_VERB" in
      up-client) : >"$mark" ;;
      down-client) rm -f "$mark" ;;
      *) exit 0 ;;
    esac
    set --
    for device in $(cd %1$s && ls | sed -n 's/^\\(ipsec[0-9]*\\)\\..*/\\1/p' | sort -u); do
      set -- "$@" nexthop dev "$device"
    done
    if [ $# -gt 0 ]; then
      ip route replace %3$s "$@"
    else
      ip route del %3$s || true
    fi
    """
        .formatted(shared, device, routed);
  }
}
