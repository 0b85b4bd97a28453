package dev.twinspan.agent.sim.appliance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.bgp.BgpProbe;
import dev.twinspan.agent.sim.Seeds;
import dev.twinspan.agent.tunnel.TunnelAction;
import dev.twinspan.agent.tunnel.TunnelProbe;
import dev.twinspan.agent.tunnel.TunnelSet;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Thousands of random stories of a whole site; each is its seed. */
class ApplianceScheduleTest {
  /** Unless told, half as many as of IKE alone, where a story takes a fraction of the time. */
  private static final long SEEDS =
      Long.getLong("sim.appliance.seeds", Long.getLong("sim.seeds", 2_000) / 2);

  private static final long FIRST = Long.getLong("sim.appliance.first", 1);

  /** So many stories have some of everything in them. */
  private static final long ALL_KINDS = 500;

  /** A planted bug must be found within so many. */
  private static final long PATIENCE = 1_000;

  private static Seeds seeds(Box.Make make) {
    return new Seeds(
        (seed, charted) -> {
          ApplianceSchedule schedule = new ApplianceSchedule(seed, make);
          (charted ? schedule : schedule.uncharted()).run();
        },
        "-Dtest=ApplianceScheduleTest -Dsim.appliance.first=%d -Dsim.appliance.seeds=1");
  }

  @Test
  void shouldCarryFlowsWhereverAPathExistsAfterEveryStorm() {
    long start = System.nanoTime();
    Seeds seeds = seeds(ApplianceSchedule.SOUND);
    OptionalLong failing = seeds.firstFailing(FIRST, SEEDS);
    if (failing.isPresent()) {
      throw seeds.explained(failing.getAsLong());
    }
    System.out.printf(
        "%d schedules of the whole appliance clean in %.1f s on %d cores%n",
        SEEDS, (System.nanoTime() - start) / 1e9, Runtime.getRuntime().availableProcessors());
    for (Tally tally : Tally.values()) {
      System.out.printf("  %s %d%n", tally, tally.count());
      assertThat(SEEDS < ALL_KINDS || tally.count() > 0).as("%s in the stories", tally).isTrue();
    }
  }

  /** A session that is over leaves its routes behind. */
  @Test
  void shouldFindThatRoutesAreNotWithdrawn() {
    assertFound(
        new Box.Make() {
          @Override
          public TunnelSet tunnels(Consumer<TunnelAction> told) {
            return TunnelProbe.heardBy(told);
          }

          @Override
          public BgpEngine bgp(SplittableRandom random) {
            return BgpProbe.neverWithdraws(random);
          }
        },
        "the table has");
  }

  @Test
  void shouldFindThatAHoldDownIsNeverLifted() {
    assertFound(
        new Box.Make() {
          @Override
          public TunnelSet tunnels(Consumer<TunnelAction> told) {
            return TunnelProbe.neverLiftsHoldDown(told);
          }

          @Override
          public BgpEngine bgp(SplittableRandom random) {
            return new BgpEngine(random);
          }
        },
        "hold-downs are not over");
  }

  /** What the sibling no longer carries is still sent to it, and it may send it back. */
  @Test
  void shouldFindThatTheSiblingIsBelievedForEver() {
    assertFound(
        new Box.Make() {
          @Override
          public TunnelSet tunnels(Consumer<TunnelAction> told) {
            return TunnelProbe.heardBy(told);
          }

          @Override
          public BgpEngine bgp(SplittableRandom random) {
            return new BgpEngine(random);
          }

          @Override
          public BgpEngine site(SplittableRandom random) {
            return BgpProbe.neverForgets(random);
          }
        },
        "hand a packet to and fro");
  }

  private static void assertFound(Box.Make planted, String objection) {
    Seeds seeds = seeds(planted);
    long found = seeds.firstFailing(1, PATIENCE).orElseThrow();
    assertThat(seeds.explained(found))
        .hasMessageContaining("-Dsim.appliance.first=" + found)
        .hasMessageContaining(objection)
        .hasMessageContaining("│ box0: hub/in");
    assertThat(seeds.explained(found)).hasMessage(seeds.explained(found).getMessage());
  }
}
