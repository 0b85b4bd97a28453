package dev.twinspan.agent.sim.appliance;

import dev.twinspan.agent.control.Appliance;
import dev.twinspan.agent.sim.SimNetwork.Weather;
import dev.twinspan.agent.sim.World;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Everything that befalls a site, a gateway and the network between them, one thing at a time. */
final class Mishaps {
  private static final long MILLISECOND = 1_000_000L;

  /** Who crashes or stands still is back after this. */
  static final int LONGEST_MILLIS = 4_000;

  private final Site site;
  private final World world;
  private final SplittableRandom random;
  private final Configurations.Wanted base;

  /** Box and tunnel, by the operator's order. */
  private final Set<String> drained = new HashSet<>();

  Mishaps(Site site, SplittableRandom random, Configurations.Wanted base) {
    this.site = site;
    this.world = site.world();
    this.random = random;
    this.base = base;
  }

  void happen() {
    Box box = site.boxes().get(random.nextInt(site.boxes().size()));
    Instance instance = instance();
    switch (random.nextInt(31)) {
      case 0, 1 -> world.network().weather(weather());
      case 2 -> world.network().weather(Weather.FAIR);
      case 3, 4 -> site.heal();
      case 5 -> cut(box, instance, true, true, false);
      case 6 -> cut(box, instance, random.nextBoolean(), false, false);
      case 7 -> cut(box, instance, true, true, true);
      case 8 -> site.boxes().forEach(b -> cut(b, instance, true, true, false));
      case 9, 10 -> away(instance, false);
      case 11, 12 -> away(instance, true);
      case 13 -> instance.cease(box);
      case 14 -> instance.resetTcp(random.nextBoolean());
      case 15 -> box.command(_ -> box.tcp().resetAll());
      case 16 -> instance.delete(box, random.nextInt(3) > 0);
      case 17 -> drain(box, instance, true);
      case 18 -> drain(box, instance, false);
      case 19 -> box.reload(Configurations.of(changed(box)));
      case 20 -> box.leap((random.nextInt(4) == 0 ? random.nextInt(100_000) : 2_000) * MILLISECOND);
      case 21 -> box.stall(random.nextInt(LONGEST_MILLIS) * MILLISECOND);
      case 22 -> away(box, random.nextBoolean());
      case 23 -> command(box, instance);
      case 24 -> instance.node().stall(Duration.ofMillis(random.nextInt(LONGEST_MILLIS)));
      case 25, 26 -> brownout(box, instance);
      case 27 -> box.command(Mishaps::drill);
      case 28 -> cutLan();
      case 29 -> box.lanTcp().resetAll();
      default -> traffic();
    }
  }

  private static void drill(Appliance appliance) {
    appliance.drill();
  }

  private void brownout(Box box, Instance instance) {
    site.brownout(
        site.boxes().indexOf(box),
        site.instances().indexOf(instance),
        (3 + random.nextInt(20)) / 100.0);
  }

  private void cutLan() {
    site.lan().cut(true);
    world.after(random.nextInt(12_000) * MILLISECOND, () -> site.lan().cut(false));
  }

  private Instance instance() {
    return site.instances().get(random.nextInt(site.instances().size()));
  }

  private void cut(Box box, Instance instance, boolean forth, boolean back, boolean espOnly) {
    site.cut(
        new Site.Cut(
            site.boxes().indexOf(box),
            site.instances().indexOf(instance),
            forth,
            back || !forth,
            espOnly));
  }

  private Weather weather() {
    long least = random.nextInt(30) * MILLISECOND;
    long spread = random.nextInt(3) == 0 ? 0 : random.nextInt(200) * MILLISECOND;
    return new Weather(
        random.nextInt(30) / 100.0,
        random.nextInt(20) / 100.0,
        random.nextInt(4) == 0 ? 0.02 : 0,
        least,
        least + spread);
  }

  private void away(Instance instance, boolean orderly) {
    if (!instance.isUp()) {
      return;
    }
    if (orderly) {
      instance.shutDown();
    } else {
      instance.crash();
    }
    if (!instance.isUp()) {
      world.after(random.nextInt(LONGEST_MILLIS) * MILLISECOND, instance::restart);
    }
  }

  private void away(Box box, boolean orderly) {
    if (box.isAway()) {
      return;
    }
    if (orderly) {
      box.shutDown();
    } else {
      box.crash();
    }
    site.instances().forEach(instance -> drained.remove(key(box, instance)));
    world.after(random.nextInt(LONGEST_MILLIS) * MILLISECOND, () -> start(box));
  }

  static void start(Box box) {
    if (!box.isUp()) {
      box.note("starts");
      box.start();
    }
  }

  private static String key(Box box, Instance instance) {
    return box + " " + instance;
  }

  boolean isDrained(Box box, Instance instance) {
    return drained.contains(key(box, instance));
  }

  void drain(Box box, Instance instance, boolean out) {
    box.command(
        appliance -> {
          box.note((out ? "drain " : "undrain ") + instance);
          if (out && appliance.drain(Site.tunnel(instance))) {
            drained.add(key(box, instance));
          } else if (!out && appliance.undrain(Site.tunnel(instance))) {
            drained.remove(key(box, instance));
          }
        });
  }

  private Configurations.Wanted changed(Box box) {
    return base.of(site.boxes().indexOf(box)).changed(random.nextBoolean(), random.nextInt(3) == 0);
  }

  private void command(Box box, Instance instance) {
    box.command(
        appliance -> {
          switch (random.nextInt(3)) {
            case 0 -> {
              box.note("reset of " + instance);
              appliance.reset(Site.tunnel(instance));
            }
            case 1 -> appliance.rekey(Site.tunnel(instance), true);
            default -> appliance.rekey(Site.tunnel(instance), false);
          }
        });
  }

  void traffic() {
    site.asymmetric(random.nextInt(3) == 0);
    Site.Direction all =
        List.of(Site.Direction.values()).get(random.nextInt(Site.Direction.values().length));
    for (Site.Flow flow : site.flows()) {
      flow.direction =
          random.nextBoolean()
              ? all
              : random.nextInt(4) == 0 ? Site.Direction.OUT : Site.Direction.BOTH;
    }
  }
}
