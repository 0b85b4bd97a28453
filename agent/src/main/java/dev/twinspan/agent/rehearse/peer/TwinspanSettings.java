package dev.twinspan.agent.rehearse.peer;

import dev.twinspan.agent.rehearse.netns.Addresses;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What one of our own agents is configured with: the sample configuration, and what a scenario
 * changes in it.
 *
 * @param device id of the box
 * @param wanAddress its own address
 * @param publicAddress what the other end sees and expects as identity
 * @param lan prefixes behind it; in brackets when other settings of that section follow
 * @param connection name
 * @param mode {@code active-active} or {@code single-tunnel}
 * @param prefixes static prefixes behind the other end; empty: routed by BGP
 * @param role who dials
 * @param suite policy
 * @param dpd liveness timeout; 9 s is the least that Azure takes
 * @param remotes the other ends
 * @param extra further lines of the connection, each {@code key: value}
 * @param top further lines of the whole file
 */
public record TwinspanSettings(
    String device,
    String wanAddress,
    String publicAddress,
    String lan,
    String connection,
    String mode,
    String prefixes,
    Role role,
    Suite suite,
    String psk,
    Duration dpd,
    List<Remote> remotes,
    List<String> extra,
    List<String> top) {

  /**
   * One instance of the configuration.
   *
   * @param bgp its BGP address; empty: none
   */
  public record Remote(String name, String address, String bgp) {
    public Remote(String name, String address) {
      this(name, address, "");
    }
  }

  /** The appliance: both instances, active-active. */
  public static TwinspanSettings appliance(
      String wanAddress, Suite suite, Role role, String psk, Duration dpd) {
    return new TwinspanSettings(
        "branch-0017",
        wanAddress,
        Addresses.APPLIANCE,
        Addresses.LAN_PREFIX,
        "hub-weu",
        "active-active",
        Addresses.VNET_PREFIX,
        role,
        suite,
        psk,
        dpd,
        List.of(
            new Remote("in0", Addresses.INSTANCES.get(0)),
            new Remote("in1", Addresses.INSTANCES.get(1))),
        List.of(),
        List.of());
  }

  /** One instance of the gateway: our agent with the branch as its only peer. */
  public static TwinspanSettings instance(
      int index, Suite suite, Role role, String psk, Duration dpd) {
    String address = Addresses.INSTANCES.get(index);
    return new TwinspanSettings(
        "azure-in" + index,
        address,
        address,
        Addresses.VNET_PREFIX,
        "branch",
        "single-tunnel",
        Addresses.LAN_PREFIX,
        role,
        suite,
        psk,
        dpd,
        List.of(new Remote("cpe", Addresses.APPLIANCE)),
        List.of(),
        List.of());
  }

  public TwinspanSettings withPsk(String value) {
    return new TwinspanSettings(
        device,
        wanAddress,
        publicAddress,
        lan,
        connection,
        mode,
        prefixes,
        role,
        suite,
        value,
        dpd,
        remotes,
        extra,
        top);
  }

  public TwinspanSettings withSuite(Suite value) {
    return new TwinspanSettings(
        device,
        wanAddress,
        publicAddress,
        lan,
        connection,
        mode,
        prefixes,
        role,
        value,
        psk,
        dpd,
        remotes,
        extra,
        top);
  }

  /** With another liveness timeout. */
  public TwinspanSettings withDpd(Duration value) {
    return new TwinspanSettings(
        device,
        wanAddress,
        publicAddress,
        lan,
        connection,
        mode,
        prefixes,
        role,
        suite,
        psk,
        value,
        remotes,
        extra,
        top);
  }

  /** With one more line in the connection. */
  public TwinspanSettings with(String line) {
    List<String> lines = new ArrayList<>(extra);
    lines.add(line);
    return new TwinspanSettings(
        device,
        wanAddress,
        publicAddress,
        lan,
        connection,
        mode,
        prefixes,
        role,
        suite,
        psk,
        dpd,
        remotes,
        List.copyOf(lines),
        top);
  }

  /** Of another device, seen from outside by another address. */
  public TwinspanSettings as(String id, String outside) {
    return new TwinspanSettings(
        id,
        wanAddress,
        outside,
        lan,
        connection,
        mode,
        prefixes,
        role,
        suite,
        psk,
        dpd,
        remotes,
        extra,
        top);
  }

  /** With other ends. */
  public TwinspanSettings withRemotes(String nextMode, List<Remote> next) {
    return new TwinspanSettings(
        device,
        wanAddress,
        publicAddress,
        lan,
        connection,
        nextMode,
        prefixes,
        role,
        suite,
        psk,
        dpd,
        List.copyOf(next),
        extra,
        top);
  }

  /** With other prefixes behind it. */
  public TwinspanSettings withLan(String value) {
    return new TwinspanSettings(
        device,
        wanAddress,
        publicAddress,
        value,
        connection,
        mode,
        prefixes,
        role,
        suite,
        psk,
        dpd,
        remotes,
        extra,
        top);
  }

  /**
   * Routed by BGP.
   *
   * @param bgp settings of the section of that name: {@code asn: 65010, router-address: …}
   * @param addresses of the other ends, inside the tunnels
   */
  public TwinspanSettings speaking(String bgp, List<String> addresses) {
    List<Remote> speaking = new ArrayList<>();
    for (int i = 0; i < remotes.size(); i++) {
      Remote remote = remotes.get(i);
      speaking.add(new Remote(remote.name(), remote.address(), addresses.get(i)));
    }
    return new TwinspanSettings(
            device,
            wanAddress,
            publicAddress,
            lan,
            connection,
            mode,
            "",
            role,
            suite,
            psk,
            dpd,
            List.copyOf(speaking),
            extra,
            top)
        .withTop("bgp: {" + bgp + "}");
  }

  /** With one more line of the whole file. */
  public TwinspanSettings withTop(String line) {
    List<String> lines = new ArrayList<>(top);
    lines.add(line);
    return new TwinspanSettings(
        device,
        wanAddress,
        publicAddress,
        lan,
        connection,
        mode,
        prefixes,
        role,
        suite,
        psk,
        dpd,
        remotes,
        extra,
        List.copyOf(lines));
  }

  String yaml(Path pskFile, Path statusSocket) {
    StringBuilder yaml = new StringBuilder();
    top.forEach(line -> yaml.append(line).append('\n'));
    yaml.append(
        """
        device: {id: %s, site: rehearsal}
        wan: {address: %s, public-address: %s}
        lan: {prefixes: %s}
        status: {socket: %s}
        connections:
          - name: %s
            mode: %s
            %s
            connection-mode: %s
            psk: {file: %s}
            policy: %s
            dpd-timeout: %d
        """
            .formatted(
                device,
                wanAddress,
                publicAddress,
                lan.startsWith("[") ? lan : "[" + lan + "]",
                statusSocket,
                connection,
                mode,
                prefixes.isEmpty()
                    ? "routing: bgp"
                    : "routing: static\n    static-prefixes: [%s]".formatted(prefixes),
                role.azureName(),
                pskFile,
                suite.twinspan(),
                dpd.toSeconds()));
    extra.forEach(line -> yaml.append("    ").append(line).append('\n'));
    yaml.append("    instances:\n");
    remotes.forEach(
        remote ->
            yaml.append(
                "      - {name: %s, address: %s%s}\n"
                    .formatted(
                        remote.name(),
                        remote.address(),
                        remote.bgp().isEmpty() ? "" : ", bgp-address: " + remote.bgp())));
    return yaml.toString();
  }
}
