package dev.twinspan.agent.config;

import dev.twinspan.agent.config.SiteConfig.Vrrp;
import java.net.InetAddress;
import java.util.Locale;

/** A whole {@code keepalived.conf}, for keepalived 2.1 and later. */
public final class KeepalivedConf {
  public static final String USUAL_PATH = "/etc/keepalived/keepalived.conf";

  private KeepalivedConf() {}

  public static String of(AgentConfig config, Vrrp vrrp) {
    return """
    # Made by `twinspan keepalived` for %1$s. Change twinspan.yaml and make it anew.
    #
    # Priorities: %2$d with a usable tunnel, %3$d less without one, and %3$d less while no agent runs
    # (its device is gone). Boxes of equal priority do not take the address from each other, so it
    # stays where it is when a lost box returns.
    global_defs {
      router_id %1$s
      vrrp_version 3
      # The agent's device comes and goes with the agent.
      dynamic_interfaces
      # Not starved by the packets that the box forwards.
      vrrp_priority -20
      # Hosts and switches that missed the first word of the move hear it again.
      vrrp_garp_master_delay 1
      vrrp_garp_master_refresh 10
    }

    track_file twinspan_tunnels {
      file "%4$s"
      weight 1
      init_file -%3$d
    }

    vrrp_instance twinspan {
      state BACKUP
      interface %5$s
      virtual_router_id %6$d
      priority %2$d
      advert_int %7$s
    %8$s  track_file {
        twinspan_tunnels
      }
      track_interface {
        %9$s weight -%3$d
      }
      virtual_ipaddress {
        %10$s dev %5$s
      }
    }
    """
        .formatted(
            config.device().id(),
            vrrp.priority(),
            Vrrp.PENALTY,
            vrrp.stateFile(),
            vrrp.networkInterface(),
            vrrp.routerId(),
            String.format(Locale.ROOT, "%.2f", vrrp.interval().toMillis() / 1000.0),
            peers(config.site()),
            config.tunnelDevice().name(),
            Addresses.text(vrrp.virtualAddress()));
  }

  /** Two that know each other need no multicast, which switches may snoop on and drop. */
  private static String peers(SiteConfig site) {
    InetAddress own = site.lanAddress();
    InetAddress sibling = site.sibling();
    return own == null || sibling == null
        ? ""
        : """
          unicast_src_ip %s
          unicast_peer {
            %s
          }
        """
            .formatted(Addresses.text(own), Addresses.text(sibling));
  }
}
