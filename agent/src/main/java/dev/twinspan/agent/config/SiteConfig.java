package dev.twinspan.agent.config;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * This box on its LAN, among those that share the work.
 *
 * @param lanAddress its own address there; null: not given
 * @param sibling the other box of the site, which forwards for this one when it has no tunnel;
 *     null: there is none
 * @param vrrp the address that the two boxes share; null: none
 */
public record SiteConfig(
    @Nullable InetAddress lanAddress, @Nullable InetAddress sibling, @Nullable Vrrp vrrp) {
  public static final SiteConfig ALONE = new SiteConfig(null, null, null);

  /**
   * The address that the LAN's hosts have as their router (RFC 5798), held by the box that can
   * carry their traffic.
   *
   * @param virtualAddress of this LAN; no box's own
   * @param networkInterface where it is put
   * @param routerId VRID, 1 to 255, the same on both boxes
   * @param priority of a box that has a usable tunnel: {@link #MIN_PRIORITY} to {@link
   *     #MAX_PRIORITY}
   * @param interval between advertisements, in hundredths of a second; a box is missed after three
   *     of them and a bit
   * @param stateFile what keepalived is told of the tunnels by
   */
  public record Vrrp(
      InetAddress virtualAddress,
      String networkInterface,
      int routerId,
      int priority,
      Duration interval,
      Path stateFile) {
    /** What a box without usable tunnels loses: always below any that has some. */
    public static final int PENALTY = 100;

    public static final int MIN_PRIORITY = PENALTY + 1;
    public static final int MAX_PRIORITY = 2 * PENALTY;
    public static final int DEFAULT_PRIORITY = 150;
    public static final int DEFAULT_ROUTER_ID = 51;
    public static final int DEFAULT_INTERVAL_MILLIS = 50;
    public static final Path DEFAULT_STATE_FILE = Path.of("/run/twinspan/vrrp");
  }
}
