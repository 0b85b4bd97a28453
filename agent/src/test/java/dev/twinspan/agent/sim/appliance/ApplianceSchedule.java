package dev.twinspan.agent.sim.appliance;

import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.control.Appliance;
import dev.twinspan.agent.ike.EngineProbe;
import dev.twinspan.agent.ike.EngineProbe.Holdings;
import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.agent.ike.IkePeer.Role;
import dev.twinspan.agent.sim.FastCrypto;
import dev.twinspan.agent.sim.World;
import dev.twinspan.agent.tunnel.TunnelAction;
import dev.twinspan.agent.tunnel.TunnelPhase;
import dev.twinspan.agent.tunnel.TunnelProbe;
import dev.twinspan.agent.tunnel.TunnelSet;
import dev.twinspan.datapath.forward.EcmpGroup;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * One random story of one or two boxes and two or three instances, all of it its seed:
 *
 * <ol>
 *   <li>Storm: {@link Mishaps} again and again, under traffic. Whatever happens, flows move only
 *       when something happened to a tunnel they leave or come to, a drained tunnel carries none,
 *       nothing leaves in the clear, the boxes hand no packet to and fro, nor would their kernels
 *       if both agents crashed, no drill begins beside a tunnel that is not well, and nothing grows
 *       without bound.
 *   <li>The sky clears, but what is dead or cut now stays so. Within {@link #RECOVERY} packets of
 *       every flow go there and back if a path exists; routes are what sessions and usable tunnels
 *       say, in the forwarding table and in the kernel: {@link Settled}.
 *   <li>In some stories: quiet, until every hold-down is over and every tunnel has its share.
 * </ol>
 */
final class ApplianceSchedule {
  static final Box.Make SOUND =
      new Box.Make() {
        @Override
        public TunnelSet tunnels(Consumer<TunnelAction> told) {
          return TunnelProbe.heardBy(told);
        }

        @Override
        public BgpEngine bgp(SplittableRandom random) {
          return new BgpEngine(random);
        }
      };

  private static final long MILLISECOND = 1_000_000L;

  /** Waits of BGP and IKE, one after the other, and as much again. */
  private static final Duration RECOVERY = Duration.ofSeconds(150);

  /** The longest hold-down, and the trial of a tunnel whose ESP was blackholed before it. */
  private static final Duration HOLD_DOWNS = Duration.ofSeconds(1_000);

  /** Far above what any story needs, far below what would grow. */
  private static final Holdings BOUND = new Holdings(40, 20, 80);

  private final long seed;
  private final SplittableRandom random;
  private final World world;
  private final Site site;
  private final Mishaps mishaps;
  private final boolean bgp;
  private final Settled settled;
  private long period;
  private boolean quiet;

  ApplianceSchedule(long seed, Box.Make make) {
    this.seed = seed;
    this.random = new SplittableRandom(seed * 31 + 7);
    this.world = new World(seed, own -> new IkeEngine(new FastCrypto(own)));
    this.bgp = random.nextInt(4) > 0;
    int boxes = random.nextInt(3) == 0 ? 2 : 1;
    this.site = new Site(world, entry(boxes), seed);
    if (world.chart() != null) {
      world.chart().brief(false);
    }
    boolean far = random.nextInt(6) == 0;
    Configurations.Wanted wanted =
        new Configurations.Wanted(
            0, bgp, random.nextInt(6) == 0, site.lan().hasSiblings(), far, false, false);
    for (int i = 0; i < boxes; i++) {
      Box box = new Box(site, i, Configurations.of(wanted.of(i)), make, seed);
      site.boxes().add(box);
      world.attach(box);
    }
    Role role = random.nextBoolean() ? Role.RESPOND_ONLY : Role.INITIATE_AND_RESPOND;
    for (int i = 0; i < (far ? 3 : 2); i++) {
      site.instances().add(new Instance(site, i, bgp, role, seed));
    }
    for (int i = 0; i < Site.FLOWS; i++) {
      site.flows().add(new Site.Flow(i, random.nextInt(1 << 16)));
    }
    this.mishaps = new Mishaps(site, random, wanted);
    this.settled = new Settled(site, mishaps, wanted);
    this.period = (20 + random.nextInt(random.nextBoolean() ? 100 : 400)) * MILLISECOND;
  }

  private Lan.Entry entry(int boxes) {
    Lan.Entry[] all = Lan.Entry.values();
    return boxes == 1 ? Lan.Entry.BEST : all[random.nextInt(all.length)];
  }

  /** Nothing is written down: for masses of runs. A failing one is run again with its chart. */
  ApplianceSchedule uncharted() {
    world.uncharted();
    return this;
  }

  void run() {
    begin();
    storm();
    clear();
    settle();
    if (seed % 4 == 0) {
      holdDowns();
    }
  }

  private void begin() {
    mishaps.traffic();
    site.instances().forEach(Instance::start);
    site.boxes().forEach(Box::start);
    world.after(period, this::traffic);
    world.run(Duration.ofMillis(random.nextInt(1_000)));
  }

  private void traffic() {
    if (!quiet) {
      site.send();
      always();
      world.after(period, this::traffic);
    }
  }

  private void storm() {
    for (int i = 2 + random.nextInt(6); i > 0; i--) {
      mishaps.happen();
      world.run(Duration.ofMillis(random.nextInt(3_000)));
    }
  }

  /** What holds at any time. */
  private void always() {
    site.lan().always();
    for (Box box : site.boxes()) {
      Appliance appliance = box.appliance();
      if (appliance == null) {
        continue;
      }
      for (Instance instance : site.instances()) {
        if (mishaps.isDrained(box, instance)) {
          int id = site.instances().indexOf(instance);
          EcmpGroup group = box.packets().vnet();
          world.check(
              Site.isDrained(box, instance) && (group == null || group.share(id) == 0),
              () -> "%s %s is drained and carries: %s".formatted(box, instance, group));
        }
      }
      Holdings held = EngineProbe.holdings(appliance.ike());
      world.check(
          held.ikeSas() <= BOUND.ikeSas()
              && held.halfOpen() <= BOUND.halfOpen()
              && held.children() <= BOUND.children()
              && appliance.bgp().connections() <= 16
              && appliance.site().connections() <= 16
              && box.tcp().size() <= 64
              && box.lanTcp().size() <= 64
              && appliance.kernelRoutes() <= 16,
          () -> "grows without bound: %s %s".formatted(box, held));
    }
  }

  /** The last of the mishaps: some of them are for good. */
  private void clear() {
    site.heal();
    site.lan().cut(false);
    for (Box box : site.boxes()) {
      for (Instance instance : site.instances()) {
        if (mishaps.isDrained(box, instance) && random.nextBoolean()) {
          mishaps.drain(box, instance, false);
        }
        if (random.nextInt(10) == 0) {
          boolean espOnly = bgp && random.nextBoolean();
          site.cut(
              new Site.Cut(
                  site.boxes().indexOf(box),
                  site.instances().indexOf(instance),
                  true,
                  random.nextBoolean(),
                  espOnly));
        }
      }
    }
    quiet = random.nextInt(3) > 0; // looks are ten times as far apart without traffic
    world.run(Duration.ofMillis(Mishaps.LONGEST_MILLIS)); // who has crashed or stands still is back
    Instance dead = site.instances().get(random.nextInt(site.instances().size()));
    switch (random.nextInt(6)) {
      case 0 -> dead.crash();
      case 1 -> dead.shutDown();
      case 2 -> {
        if (site.boxes().size() > 1) {
          site.boxes().get(random.nextInt(2)).crash();
        }
      }
      default -> {}
    }
    quiet = true;
    if (world.chart() != null) {
      world.chart().brief(true); // minutes of tries and idle tunnels would push out the story
    }
  }

  private void settle() {
    List<String> wrong = List.of("not looked yet");
    long end = world.now() + RECOVERY.toNanos();
    while (!wrong.isEmpty() && world.now() < end) {
      site.send();
      always();
      world.run(Duration.ofMillis(500));
      wrong = settled.wrong();
    }
    List<String> last = wrong;
    world.check(
        last.isEmpty(), () -> "not settled after " + RECOVERY + ": " + last + settled.describe());
  }

  /** Without traffic, until every tunnel with a path carries its share again. */
  private void holdDowns() {
    long end = world.now() + HOLD_DOWNS.toNanos();
    while (!allUp() && world.now() < end) {
      world.run(Duration.ofSeconds(5));
    }
    world.check(allUp(), () -> "hold-downs are not over: " + settled.describe());
    settle();
  }

  private boolean allUp() {
    for (Box box : site.boxes()) {
      Appliance appliance = box.appliance();
      for (Instance instance : site.instances()) {
        if (appliance != null
            && site.isPath(box, instance)
            && appliance.phase(Site.tunnel(instance)) != TunnelPhase.UP) {
          return false;
        }
      }
    }
    return true;
  }
}
