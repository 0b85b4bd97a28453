package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Site;
import dev.twinspan.agent.rehearse.peer.Box;
import dev.twinspan.agent.rehearse.peer.Keepalived;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanBox;
import dev.twinspan.agent.rehearse.peer.TwinspanSettings;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.ffi.linux.KernelRoute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A bench with two appliances at one site, each with a keepalived beside it, and two instances of
 * our own: the mesh of four tunnels. For one thread at a time.
 */
public final class TwoBoxes implements AutoCloseable {
  private static final List<String> OUTER =
      List.of(Addresses.APPLIANCE, Addresses.SECOND_APPLIANCE);
  private static final List<String> LOOPBACKS =
      List.of(Addresses.APPLIANCE_LOOPBACK, Addresses.SECOND_LOOPBACK);

  private static final Duration FORGETS = Duration.ofSeconds(10);

  private final Bench bench;
  private final boolean bgp;
  private final Site site;
  private final List<TwinspanBox> boxes = new ArrayList<>();
  private final List<Keepalived> keepalived = new ArrayList<>();

  private TwoBoxes(Bench bench, boolean bgp) {
    this.bench = bench;
    this.bgp = bgp;
    this.site = bench.site();
  }

  /**
   * Builds it all; starts nothing.
   *
   * @param bgp whether tunnels are routed by it: Azure takes the same prefixes behind two local
   *     network gateways only so
   */
  public static TwoBoxes set(Bench.Options options, boolean bgp) {
    Bench bench = Bench.open(options);
    try {
      TwoBoxes all = new TwoBoxes(bench, bgp);
      for (int i = 0; i < 2; i++) {
        all.addInstance(i);
      }
      for (int i = 0; i < 2; i++) {
        all.addBox(i);
      }
      return all;
    } catch (RuntimeException e) {
      bench.close();
      throw e;
    }
  }

  private void addInstance(int index) {
    TwinspanBox instance = Gateways.twinspan(bench, index, Suite.AZURE_STRONG, Role.RESPONDER_ONLY);
    TwinspanSettings settings =
        instance
            .settings()
            .withRemotes(
                "active-active",
                IntStream.range(0, 2)
                    .mapToObj(box -> new TwinspanSettings.Remote("cpe" + (box + 1), OUTER.get(box)))
                    .toList());
    instance.configure(bgp ? Gateways.speaking(index, settings, LOOPBACKS) : settings);
  }

  private void addBox(int index) {
    var machine = site.boxes().get(index);
    var directory = bench.directory().resolve(machine.name());
    TwinspanSettings settings =
        TwinspanSettings.appliance(
                OUTER.get(index), Suite.AZURE_STRONG, Role.DEFAULT, Gateways.PSK, Gateways.DPD)
            .as("branch-0017-" + "ab".charAt(index), OUTER.get(index))
            .withLan(
                "[%s], address: %s"
                    .formatted(Addresses.LAN_PREFIX, Addresses.BOXES_INSIDE.get(index)))
            .withTop("site-peer: {address: %s}".formatted(Addresses.BOXES_INSIDE.get(1 - index)))
            .withTop(
                "vrrp: {virtual-address: %s, interface: %s, state-file: %s}"
                    .formatted(Addresses.LAN_ROUTER, Site.LAN, stateFile(index)));
    TwinspanBox box =
        bench.add(
            new TwinspanBox(
                machine,
                directory,
                SelfCommand.of(),
                bgp ? Gateways.speaking(settings, LOOPBACKS.get(index)) : settings));
    boxes.add(box);
    keepalived.add(bench.add(new Keepalived(machine, directory, box.configFile())));
  }

  public Bench bench() {
    return bench;
  }

  public Site site() {
    return site;
  }

  public TwinspanBox box(int index) {
    return boxes.get(index);
  }

  public Keepalived keepalived(int index) {
    return keepalived.get(index);
  }

  /** Starts the instances, then the boxes. */
  public void start() {
    bench.instance(0).start();
    bench.instance(1).start();
    for (int i = 0; i < 2; i++) {
      startBox(i);
    }
  }

  private void startBox(int index) {
    boxes.get(index).start();
    keepalived.get(index).start();
  }

  /** The box loses its power: nothing of it is left, and not a word is said. */
  public void killBox(int index) {
    site.cut(index);
    keepalived.get(index).kill();
    boxes.get(index).kill();
    // What a box forgets that loses its power: its kernel's routes, and what is in /run.
    Await.orThrow(
        FORGETS,
        () -> forgotten(site.boxes().get(index)),
        "the routes to go",
        () -> site.boxes().get(index).ip("route", "show"));
    try {
      Files.deleteIfExists(stateFile(index));
    } catch (IOException e) {
      throw new BenchException("cannot forget %s: %s".formatted(stateFile(index), e), e);
    }
  }

  /** With the agent's device others of its routes go at the same time, and the flush may fail. */
  private static boolean forgotten(Namespace machine) {
    String ours = Integer.toString(KernelRoute.PROTOCOL_TWINSPAN);
    machine.run("", List.of("ip", "route", "flush", "proto", ours));
    return machine.ip("route", "show", "proto", ours).isBlank();
  }

  private Path stateFile(int index) {
    return bench.directory().resolve(site.boxes().get(index).name()).resolve("vrrp");
  }

  public void restoreBox(int index) {
    site.mend(index);
    if (!boxes.get(index).alive()) {
      startBox(index);
    }
  }

  /** Tunnels that the box calls up. */
  public long up(int box) {
    return boxes.get(box).status().stream()
        .flatMap(status -> status.tunnels().stream())
        .filter(tunnel -> tunnel.state() == TunnelStatus.State.UP)
        .count();
  }

  /** BGP sessions with instances that the box calls established. */
  private long speaking(int box) {
    return boxes.get(box).status().stream()
        .flatMap(status -> status.bgp().stream())
        .filter(session -> session.state() == BgpSession.State.ESTABLISHED)
        .filter(session -> Addresses.INSTANCES_INSIDE.contains(session.remote()))
        .count();
  }

  /** All four tunnels, as the boxes and the fabric see them, their sessions, and one master. */
  public boolean allUp() {
    return up(0) == 2
        && up(1) == 2
        && (!bgp || speaking(0) == 2 && speaking(1) == 2)
        && bench.fabric().uses(0)
        && bench.fabric().uses(1)
        && site.isMaster(0) != site.isMaster(1);
  }

  /** What each box says of itself, and who has the virtual address. */
  public String describe() {
    return IntStream.range(0, 2)
        .mapToObj(
            i ->
                "%s%s: %s"
                        .formatted(
                            site.boxes().get(i),
                            site.isMaster(i) ? " (master)" : "",
                            boxes.get(i).status().stream()
                                .flatMap(status -> status.tunnels().stream())
                                .map(t -> t.name() + " " + t.state() + " " + t.reason().sentence())
                                .collect(Collectors.joining("; ")))
                    + (bgp ? "; sessions: " + speaking(i) : ""))
        .collect(Collectors.joining("\n"));
  }

  /** The ends of all logs. */
  public String tails() {
    List<Box> all = new ArrayList<>(boxes);
    all.addAll(keepalived);
    all.add(bench.instance(0));
    all.add(bench.instance(1));
    return all.stream()
        .map(box -> "--- %s%n%s".formatted(box.name(), box.tail()))
        .collect(Collectors.joining("\n"));
  }

  @Override
  public void close() {
    bench.close();
  }
}
