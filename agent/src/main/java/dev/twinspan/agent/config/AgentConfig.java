package dev.twinspan.agent.config;

import dev.twinspan.agent.drill.DrillWindow;
import dev.twinspan.agent.ike.Credentials;
import dev.twinspan.datapath.OffloadSwitches;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration of one box: validated, immutable, secrets read. Equal values mean
 * "nothing changed".
 *
 * @param site the other box of the site, and what they share
 * @param bgp null: no BGP is spoken
 * @param metrics null: served to nobody
 * @param page of this box; null: served to nobody
 * @param fleet null: reported to no broker
 * @param selfDrill null: only when asked
 * @param warnings of {@code check}, each with the path of its setting
 */
public record AgentConfig(
    Device device,
    Wan wan,
    Lan lan,
    SiteConfig site,
    @Nullable BgpConfig bgp,
    TunnelDevice tunnelDevice,
    Crypto crypto,
    Status status,
    @Nullable ListenConfig metrics,
    @Nullable ListenConfig page,
    @Nullable FleetConfig fleet,
    @Nullable SelfDrillConfig selfDrill,
    List<ConnectionConfig> connections,
    List<String> warnings) {
  public AgentConfig {
    connections = List.copyOf(connections);
    warnings = List.copyOf(warnings);
  }

  /** With one more thing that status warns of, until it is read anew. */
  public AgentConfig warning(String sentence) {
    List<String> all = new ArrayList<>(warnings);
    all.add(sentence);
    return new AgentConfig(
        device,
        wan,
        lan,
        site,
        bgp,
        tunnelDevice,
        crypto,
        status,
        metrics,
        page,
        fleet,
        selfDrill,
        connections,
        all);
  }

  /**
   * Zeroes the pre-shared and private keys of this configuration; the rest of it may still be read.
   * Once for each configuration read from files: when another has taken its place, when it was
   * refused, and when the agent ends.
   *
   * @param inForce whose keys stay, should they be the same objects; null: none
   */
  public void destroyKeys(@Nullable AgentConfig inForce) {
    Set<Credentials> kept = Collections.newSetFromMap(new IdentityHashMap<>());
    if (inForce != null) {
      inForce.connections.forEach(connection -> kept.add(connection.auth().credentials()));
    }
    connections.stream()
        .map(connection -> connection.auth().credentials())
        .filter(credentials -> !kept.contains(credentials))
        .forEach(Credentials::destroy);
  }

  /**
   * @param id unique in the fleet
   * @param site empty when not given
   */
  public record Device(String id, String site) {}

  /**
   * @param address what the sockets are bound to; null: the kernel chooses
   * @param publicAddress what Azure sees, when behind NAT; null: the local address
   */
  public record Wan(@Nullable InetAddress address, @Nullable InetAddress publicAddress) {}

  public record Lan(List<Prefix> prefixes) {
    public Lan {
      prefixes = List.copyOf(prefixes);
    }
  }

  /**
   * The TUN device.
   *
   * @param mtu largest inner packet, bytes
   * @param mss TCP MSS that SYNs are clamped to, bytes; 0: left alone
   * @param cores how many carry packets, each with a loop of its own; 0: chosen by their number
   * @param cryptoThreads that share the AES of each super-packet with the core that carries it;
   *     {@link #AUTO}: by the processor
   * @param nice of the threads that carry packets and keep tunnels up, −20 to 0
   * @param busyPollMicros for how long the threads that carry packets go on looking after a packet,
   *     before they sleep
   * @param offloads which may be used; with none of them it is one packet per system call
   */
  public record TunnelDevice(
      String name,
      int mtu,
      int mss,
      int cores,
      int cryptoThreads,
      int nice,
      int busyPollMicros,
      OffloadSwitches offloads) {
    /** The word of the file for {@link #AUTO}. */
    public static final String AUTO_WORD = "auto";

    public static final int AUTO = -1;

    public static final TunnelDevice DEFAULT =
        new TunnelDevice("twinspan0", 1400, 1350, 0, AUTO, 0, 0, OffloadSwitches.ALL);
  }

  /**
   * @param espBackend {@code auto}, {@code ipsec-mb}, {@code libcrypto} or {@code jce}
   * @param fips the file's {@code fips}: approved algorithms of validated modules only
   * @param espFips whether that holds for ESP too; false: for IKE alone
   */
  public record Crypto(String espBackend, boolean fips, boolean espFips) {
    public static final Crypto DEFAULT = new Crypto("auto", false, true);
  }

  /**
   * The nightly drill.
   *
   * @param rest how long a tunnel stays closed
   */
  public record SelfDrillConfig(DrillWindow window, Duration rest) {
    /** Of a drill that is asked for where nothing is configured. */
    public static final Duration REST = Duration.ofSeconds(10);
  }

  /**
   * @param socket path of the Unix socket that answers {@code twinspan status}
   */
  public record Status(Path socket) {
    public static final Status DEFAULT = new Status(Path.of("/run/twinspan/twinspan.sock"));
  }

  /** More are not chosen unless they are asked for. */
  private static final int CHOSEN_LOOPS = 8;

  /**
   * Loops that carry packets: as configured, or as the board has it, or one for every two
   * processors, because the kernel has as much to do for the same packets as we have. More than
   * there are tunnels would have nothing to do.
   *
   * @param ofBoard 0: it does not say
   */
  public int loops(int processors, int ofBoard) {
    int wanted = tunnelDevice.cores();
    int tunnels = connections.stream().mapToInt(hub -> hub.instances().size()).sum();
    return wanted > 0 ? wanted : chosenLoops(processors, ofBoard, tunnels);
  }

  /** {@link #loops} where the configuration leaves them to the agent. */
  public static int chosenLoops(int processors, int ofBoard, int tunnels) {
    int most = ofBoard > 0 ? Math.min(ofBoard, processors) : processors / 2;
    return Math.clamp(Math.min(most, tunnels), 1, CHOSEN_LOOPS);
  }

  /** More would wait for the one core that reads and sends. */
  private static final int CHOSEN_CRYPTO_THREADS = 3;

  /**
   * Threads that share the AES of each super-packet with the core that carries it: as configured,
   * or one for each other processor where AES is so slow that a core cannot carry a line by itself.
   *
   * @param aes whether the processor has instructions for it
   */
  public int cryptoThreads(int processors, boolean aes) {
    int wanted = tunnelDevice.cryptoThreads();
    if (wanted != TunnelDevice.AUTO) {
      return wanted;
    }
    return aes ? 0 : Math.clamp(processors - 1, 0, CHOSEN_CRYPTO_THREADS);
  }
}
