package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.peer.Box;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.StrongSwan;
import dev.twinspan.agent.rehearse.peer.StrongSwanSettings;
import dev.twinspan.agent.rehearse.peer.Suite;
import java.time.Duration;
import java.util.List;

/**
 * The appliance as stock gear builds it: strongSwan. libipsec picks an SA by selectors alone and so
 * cannot hold two any-any tunnels; therefore one charon per instance, on ports of their own choice,
 * and a kernel route over both.
 */
final class StockAppliance implements Box {
  private final List<StrongSwan> charons;

  private StockAppliance(List<StrongSwan> charons) {
    this.charons = charons;
  }

  static StockAppliance in(Bench bench, Suite suite, Duration dpd) {
    return bench.add(
        new StockAppliance(List.of(charon(bench, 0, suite, dpd), charon(bench, 1, suite, dpd))));
  }

  private static StrongSwan charon(Bench bench, int index, Suite suite, Duration dpd) {
    var directory = bench.directory();
    return new StrongSwan(
        bench.topology().cpe(),
        directory.resolve("cpe" + index),
        directory.resolve("cpe-marks"),
        new StrongSwanSettings(
            bench.topology().applianceAddress(),
            Addresses.INSTANCES.get(index),
            Addresses.APPLIANCE,
            Addresses.INSTANCES.get(index),
            Gateways.PSK,
            suite,
            "0.0.0.0/0",
            "0.0.0.0/0",
            Role.INITIATOR_ONLY,
            dpd,
            "ipsec" + index,
            Addresses.VNET_PREFIX,
            false));
  }

  @Override
  public String name() {
    return "strongSwan appliance";
  }

  @Override
  public void start() {
    charons.forEach(StrongSwan::start);
  }

  @Override
  public void kill() {
    charons.forEach(StrongSwan::kill);
  }

  @Override
  public boolean stop(Duration limit) {
    return charons.stream().allMatch(charon -> charon.stop(limit));
  }

  @Override
  public boolean alive() {
    return charons.stream().allMatch(StrongSwan::alive);
  }

  @Override
  public String tail() {
    return charons.getFirst().tail() + "\n" + charons.getLast().tail();
  }
}
