package dev.twinspan.agent.sim.appliance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.control.Appliance;
import dev.twinspan.agent.control.Appliance.Fate;
import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.agent.ike.IkePeer.Role;
import dev.twinspan.agent.sim.FastCrypto;
import dev.twinspan.agent.sim.World;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two boxes of a site and the gateway, one thing after the other. Each box checks itself. */
class SiblingTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final World world = new World(1, own -> new IkeEngine(new FastCrypto(own)));
  private final Site site = new Site(world, Lan.Entry.FIRST, 1);
  private Box a;
  private Box b;

  @BeforeEach
  void begin() {
    a = box(0);
    b = box(1);
    for (int i = 0; i < 2; i++) {
      site.instances().add(new Instance(site, i, true, Role.RESPOND_ONLY, 1));
    }
    site.flows().add(new Site.Flow(0, 5));
    site.instances().forEach(Instance::start);
  }

  private Box box(int number) {
    Configurations.Wanted wanted =
        new Configurations.Wanted(number, true, false, true, false, false, false);
    Box box = new Box(site, number, Configurations.of(wanted), ApplianceSchedule.SOUND, 1);
    site.boxes().add(box);
    world.attach(box);
    return box;
  }

  private void cutOff(int box) {
    for (int i = 0; i < 2; i++) {
      site.cut(new Site.Cut(box, i, true, true, false));
    }
  }

  private void await(BooleanSupplier condition) {
    assertThat(world.runUntil(condition, SOON)).as(world.chart().toString()).isTrue();
  }

  private static Fate fate(Box box) {
    Appliance appliance = box.appliance();
    return appliance == null ? Fate.IN_THE_CLEAR : appliance.fate(Site.VNET);
  }

  /** With its agent gone. */
  private static Fate behind(Box box) {
    Appliance appliance = box.appliance();
    return appliance == null ? Fate.IN_THE_CLEAR : appliance.fateBehind(Site.VNET);
  }

  @Test
  void shouldForwardOverTheSiblingWhileAloneWithoutTunnels() {
    a.start();
    b.start();
    await(() -> fate(a) == Fate.TUNNELLED && fate(b) == Fate.TUNNELLED);

    // Two agents that crash in the same moment leave kernels that do not send to each other.
    assertThat(behind(a)).isEqualTo(Fate.UNREACHABLE);
    assertThat(behind(b)).isEqualTo(Fate.UNREACHABLE);

    cutOff(0);
    await(() -> fate(a) == Fate.SIBLING);
    assertThat(behind(a)).isEqualTo(Fate.SIBLING);
    assertThat(behind(b)).isEqualTo(Fate.UNREACHABLE);

    world.every(Duration.ofMillis(100), site::send);
    await(() -> site.flows().getFirst().sent > 0 && site.flows().getFirst().flows());
  }

  /**
   * What a box knows by its sibling alone must not leave in the clear in the moment between its own
   * session's beginning and the first UPDATE, when the sibling has just gone.
   */
  @Test
  void shouldGuardWhatTheSiblingToldUntilItsOwnSessionsHadTheTimeToTell() {
    a.start();
    await(() -> fate(a) == Fate.TUNNELLED);
    b.start();
    cutOff(1);
    await(() -> fate(b) == Fate.SIBLING);

    world.run(Duration.ofSeconds(1)); // what is under way would keep the Cease waiting
    a.shutDown();
    await(() -> fate(b) == Fate.UNREACHABLE);

    site.heal();
    await(() -> fate(b) == Fate.TUNNELLED);
  }
}
