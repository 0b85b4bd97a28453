package dev.twinspan.agent.status;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The one model behind {@code status}, the terminal page and (later) metrics and MQTT: an immutable
 * copy made by the control loop.
 *
 * @param device id of the box
 * @param site empty when not given
 * @param version of the agent
 * @param session number of this start of the agent; each {@link Event} has it in its id
 * @param since when the agent started
 * @param time when this copy was made; ages are counted from here
 * @param fips whether the box runs in FIPS mode, and what shows it
 * @param loops that packets are carried by, each on a core of its own when they are busy
 * @param bgp sessions; empty where BGP is not spoken
 * @param warnings what {@code check} warns of in the configuration in force
 * @param drills of each tunnel the last self-drill, or the one under way
 * @param drops packets and datagrams dropped, by reason, not counted in any tunnel
 * @param events the latest, oldest first
 * @param totals of all events since the start
 * @param added by others than the control loop
 */
public record AgentStatus(
    String device,
    String site,
    String version,
    long session,
    Instant since,
    Instant time,
    Fips fips,
    CryptoBackend cryptoBackend,
    List<Offload> offloads,
    List<Loop> loops,
    List<Connection> connections,
    List<BgpSession> bgp,
    List<RouteStatus> routes,
    List<String> warnings,
    List<DrillStatus> drills,
    Map<String, Long> drops,
    List<Event> events,
    EventTotals totals,
    Added added) {
  public AgentStatus {
    offloads = List.copyOf(offloads);
    loops = List.copyOf(loops);
    connections = List.copyOf(connections);
    bgp = List.copyOf(bgp);
    routes = List.copyOf(routes);
    warnings = List.copyOf(warnings);
    drills = List.copyOf(drills);
    drops = Map.copyOf(drops);
    events = List.copyOf(events);
  }

  public AgentStatus with(Added more) {
    return new AgentStatus(
        device,
        site,
        version,
        session,
        since,
        time,
        fips,
        cryptoBackend,
        offloads,
        loops,
        connections,
        bgp,
        routes,
        warnings,
        drills,
        drops,
        events,
        totals,
        more);
  }

  /** All tunnels of all connections, in the order of the configuration. */
  public List<TunnelStatus> tunnels() {
    return connections.stream().flatMap(connection -> connection.tunnels().stream()).toList();
  }

  /**
   * FIPS mode.
   *
   * @param on whether the configuration asks for it and IKE's module is in its approved-only mode
   * @param modules what does IKE's and ESP's cryptography
   */
  public record Fips(boolean on, List<Module> modules) {
    public static final Fips OFF = new Fips(false, List.of());

    public Fips {
      modules = List.copyOf(modules);
    }
  }

  /**
   * A cryptographic module, in its own words.
   *
   * @param part {@code IKE} or {@code ESP}
   * @param approvedOnly whether it does approved algorithms alone
   * @param selfTest state of its self-tests
   */
  public record Module(
      String part, String name, String version, boolean approvedOnly, String selfTest) {}

  /**
   * What carries ESP.
   *
   * @param reason why this back-end and no other
   */
  public record CryptoBackend(String name, String version, String reason) {
    /** Name and version; a library's own version text names it already. */
    public String title() {
      return version.startsWith(name) ? version : name + " " + version;
    }
  }

  /**
   * @param name e.g. {@code tun-tso}, {@code udp-gso}, {@code udp-gro}
   * @param reason why it is on or off
   */
  public record Offload(String name, boolean on, String reason) {}

  /**
   * One loop of the datapath.
   *
   * @param number from 0
   * @param sends tunnels whose packets it encapsulates
   * @param receives tunnels whose ESP it takes in
   */
  public record Loop(int number, List<String> sends, List<String> receives) {
    public Loop {
      sends = List.copyOf(sends);
      receives = List.copyOf(receives);
    }
  }

  public record Connection(String name, String mode, List<TunnelStatus> tunnels) {
    public Connection {
      tunnels = List.copyOf(tunnels);
    }
  }
}
