package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.rehearse.peer.Box;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.StrongSwan;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanBox;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.TunnelStatus;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A bench with its cast: the appliance and two instances. Shared by the rehearsal and the
 * integration tests. For one thread at a time; {@link #status} for any.
 */
public final class Stage implements AutoCloseable {
  /** Who plays Azure's instances. */
  public enum Peer {
    TWINSPAN,
    STRONGSWAN;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Bench bench;
  private final TwinspanBox appliance;

  private Stage(Bench bench, TwinspanBox appliance) {
    this.bench = bench;
    this.appliance = appliance;
  }

  /** Builds it all; starts nothing. */
  public static Stage set(
      Bench.Options options, Peer peer, Suite suite, Role instances, Role appliance) {
    Bench bench = Bench.open(options);
    try {
      for (int i = 0; i < 2; i++) {
        switch (peer) {
          case TWINSPAN -> Gateways.twinspan(bench, i, suite, instances);
          case STRONGSWAN -> Gateways.strongSwan(bench, i, suite, instances);
        }
      }
      return new Stage(bench, Gateways.appliance(bench, suite, appliance));
    } catch (RuntimeException e) {
      bench.close();
      throw e;
    }
  }

  /** Lets all three speak BGP instead of having static prefixes; before {@link #start}. */
  public void speakBgp() {
    appliance.configure(Gateways.speaking(appliance.settings()));
    for (int i = 0; i < 2; i++) {
      TwinspanBox instance = (TwinspanBox) bench.instance(i);
      instance.configure(Gateways.speaking(i, instance.settings()));
    }
  }

  public Bench bench() {
    return bench;
  }

  public TwinspanBox appliance() {
    return appliance;
  }

  public Box instance(int index) {
    return bench.instance(index);
  }

  public StrongSwan strongSwan(int index) {
    return (StrongSwan) bench.instance(index);
  }

  /** Starts the instances, then the appliance. */
  public void start() {
    bench.instance(0).start();
    bench.instance(1).start();
    appliance.start();
  }

  /** What the appliance says of itself; empty while it does not answer. */
  public Optional<AgentStatus> status() {
    return appliance.status();
  }

  /** The appliance's view of the tunnel to an instance. */
  public Optional<TunnelStatus> tunnel(int index) {
    return status()
        .flatMap(
            status ->
                status.tunnels().stream()
                    .filter(tunnel -> tunnel.instance().equals("in" + index))
                    .findFirst());
  }

  public boolean up(int index) {
    return tunnel(index).map(t -> t.state() == TunnelStatus.State.UP).orElse(false);
  }

  /** Both tunnels as the appliance sees them, and as the VNet's fabric does. */
  public boolean bothUp() {
    return up(0) && up(1) && bench.fabric().uses(0) && bench.fabric().uses(1);
  }

  public void awaitBothUp(Duration limit) {
    boolean up = Await.until(limit, () -> bothUp() || !appliance.alive());
    if (!appliance.alive()) {
      throw new BenchException("the appliance's agent ended: " + appliance.tail());
    }
    if (!up) {
      throw new BenchException(
          "not both tunnels are up after %d s: %s%n%s"
              .formatted(limit.toSeconds(), describe(), tails()));
    }
  }

  /** State and reason of each tunnel, in a line. */
  public String describe() {
    return status()
            .map(
                status ->
                    String.join(
                        "; ",
                        status.tunnels().stream()
                            .map(t -> t.name() + " " + t.state() + ": " + t.reason().sentence())
                            .toList()))
            .orElse("the appliance's agent does not answer on its status socket")
        + "; the VNet sends by "
        + List.of(bench.fabric().uses(0) ? "in0" : "-", bench.fabric().uses(1) ? "in1" : "-");
  }

  /** The ends of all logs. */
  public String tails() {
    return "--- appliance\n%s\n--- in0\n%s\n--- in1\n%s"
        .formatted(appliance.tail(), bench.instance(0).tail(), bench.instance(1).tail());
  }

  @Override
  public void close() {
    bench.close();
  }
}
