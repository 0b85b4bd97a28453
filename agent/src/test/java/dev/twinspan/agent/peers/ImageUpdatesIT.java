package dev.twinspan.agent.peers;

import static dev.twinspan.agent.peers.ImageStage.UP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.peers.ImageStage.Running;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.netns.Await;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * One box, booted from an image in an emulator, is updated by its fleet over and over, with traffic
 * through its tunnels: to a newer version and back again, to versions that panic, whose agent ends
 * at once, and whose tunnels do not come up, and with the power cut at random. What it tells under
 * {@code ota} is what the fleet sees; the box always comes back with both tunnels. Bundles that are
 * none of its own it refuses, each with its sentence, and writes nothing. {@code image/try
 * --updates} runs it.
 */
@EnabledIfSystemProperty(named = "twinspan.image.updates", matches = ".+")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ImageUpdatesIT {
  /** Download, installation, a start of the box, ten minutes of trial, and another start. */
  private static final Duration WHOLE = Duration.ofMinutes(60);

  private static final Duration REFUSED = Duration.ofMinutes(10);
  private static final int FLOWS = 4;

  /** Behind a version's: newer. */
  private static final String NEXT = ".1";

  private static final int CUTS = Integer.getInteger("twinspan.image.cuts", 3);
  private static final long SEED = Long.getLong("twinspan.image.seed", System.nanoTime());

  /** How far an update without a fault comes, step by step. */
  private static final List<String> STEPS =
      List.of("ordered", "downloading", "verifying", "installing", "installed", "trial");

  /**
   * A part of an update in which the power is cut.
   *
   * @param step with which it begins
   * @param starts how long it takes, in starts of the box until all is well
   */
  private enum Part {
    DOWNLOAD("downloading", 0.6),
    INSTALLATION("installing", 0.6),
    FIRST_START("installed", 2.4);

    private final String step;
    private final double starts;

    Part(String step, double starts) {
      this.step = step;
      this.starts = starts;
    }
  }

  @TempDir static Path directory;
  private ImageStage image;
  private ImageFleet fleet;
  private Bundles bundles;
  private Hosts hosts;
  private String version = "";

  /** What the box's last start took until all was well, seconds. */
  private long start;

  @BeforeAll
  void begin() throws IOException {
    Path own = Path.of(System.getProperty("twinspan.image.bundle"));
    Path folder = Path.of(System.getProperty("twinspan.image.updates"));
    bundles =
        new Bundles(
            folder,
            own,
            Path.of(System.getProperty("twinspan.image.keys")),
            GuestMachine.ofProperty().board());
    image = ImageStage.set(directory);
    fleet =
        ImageFleet.start(
            image.gateway().stage().bench().topology().inet(), directory.resolve("fleet"), folder);
    image.configure(ImageFleet.CONFIG, fleet.credentials());
    image.box().start();
    long since = image.seconds();
    // Minutes, in which the box starts.
    version = bundles.version();
    for (String next : List.of(version, version + NEXT)) {
      image.tell("made " + bundles.next(next).getFileName());
    }
    awaitWell("both tunnels, BGP and the fleet's link");
    start = image.seconds() - since;
    hosts = image.gateway().stage().bench().hosts();
    hosts.udp(FLOWS, 10, 256);
    assertThat(running().version()).isEqualTo(version);
    image.tell("the box runs %s, with tunnels, BGP and the fleet's link".formatted(running()));
    awaitGood(running().slot());
  }

  @AfterAll
  void end() {
    if (image != null) {
      image.close();
    }
  }

  @Test
  @Order(1)
  void shouldRefuseEachBadBundleAndWriteNothing() throws IOException {
    String before = image.box().digest("root-a") + image.box().digest("root-b");
    Running was = running();
    refused(bundles.byAnotherKey(), "other_key", "a key that this box does not trust");
    refused(bundles.expired(), "expired", "has expired at this box's time");
    refused(bundles.truncated(), "truncated", "cut short");
    refused(bundles.forAnotherBoard(), "wrong_board", "for twinspan-toaster");
    refused(bundles.small("0.1"), "older_version", "0.1 is older than " + was.version());
    assertThat(image.box().digest("root-a") + image.box().digest("root-b")).isEqualTo(before);
    image.tell("neither slot was written");
    // Seen when it is read, block by block: the slot that does not run may have its beginning.
    String own = "root-" + was.slot().toLowerCase(Locale.ROOT);
    String slot = image.box().digest(own);
    refused(bundles.flipped(), "corrupt", "not what was signed");
    assertThat(image.box().digest(own)).isEqualTo(slot);
    awaitBad(was.slot().equals("A") ? "B" : "A");
    assertThat(running()).isEqualTo(was);
    image.tell("the slot that runs was not written, and the other is not started");
  }

  @Test
  @Order(2)
  void shouldGoToTheNextVersionAndBack() throws IOException {
    String next = version + NEXT;
    confirmed(bundles.next(next), next, false);
    confirmed(bundles.next(version), version, true);
  }

  @Test
  @Order(3)
  void shouldComeBackFromAKernelPanic() throws IOException {
    rolledBack(bundles.panicking(version + ".2"), "not_started");
  }

  @Test
  @Order(4)
  void shouldComeBackFromAnAgentThatCrashes() throws IOException {
    rolledBack(bundles.crashing(version + ".3"), "agent_failed");
  }

  @Test
  @Order(5)
  void shouldComeBackWhenTunnelsDoNotComeUp() throws IOException {
    JsonNode told = rolledBack(bundles.withoutTunnels(version + ".4"), "not_as_before");
    assertThat(told.path("sentence").asString()).contains("no tunnel is up");
  }

  /**
   * At random moments of download, installation, and first start with its trial, in turns. What was
   * begun goes on by itself, but for a trial that was cut; then the update is ordered again.
   */
  @Test
  @Order(6)
  void shouldComeBackFromPowerCuts() throws IOException {
    Random random = new Random(SEED);
    image.tell("%d power cuts, --seed %d".formatted(CUTS, SEED));
    String id = fleet.order(other(), true);
    for (int cut = 1; cut <= CUTS; cut++) {
      Part part = Part.values()[(cut - 1) % Part.values().length];
      if (part == Part.DOWNLOAD && cut > 1) {
        String last = id;
        image.await(WHOLE, "the end of update " + last, () -> over(last));
        image.tell("update %s ended: %s".formatted(last, state(last)));
        id = fleet.order(other(), true);
      }
      awaitPart(id, part);
      Duration into = Duration.ofMillis((long) (random.nextDouble() * part.starts * start * 1000));
      Await.pause(into);
      image.tell(
          "power cut %d of %d: %d s into the %s (%s)"
              .formatted(
                  cut,
                  CUTS,
                  into.toSeconds(),
                  part.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                  state(id)));
      comesBack(id);
    }
    String last = id;
    image.await(WHOLE, "the end of the last update", () -> over(last) && well());
    image.tell("update %s ended: %s; %s".formatted(last, state(last), running()));
    Path other = other();
    confirmed(other, other.equals(bundles.next(version)) ? version : version + NEXT, true);
    image.tell("the server was asked for bundles so often (status, bytes): " + fleet.answers());
  }

  /** The version that does not run. */
  private Path other() throws IOException {
    return bundles.next(running().version().equals(version) ? version + NEXT : version);
  }

  private void awaitPart(String id, Part part) {
    image.await(
        WHOLE,
        "the %s of update %s".formatted(part, id),
        () -> over(id) || STEPS.indexOf(state(id)) >= STEPS.indexOf(part.step));
    JsonNode told = fleet.ota(id).orElseThrow();
    assertThat(told.at("/job/refused").asBoolean(false)).as(told.toString()).isFalse();
  }

  /** The power goes, and comes. */
  private void comesBack(String id) throws IOException {
    image.box().cut();
    fleet.mark();
    long since = image.seconds();
    image.box().start();
    awaitWell("both tunnels and the fleet's link after a power cut");
    start = image.seconds() - since;
    hosts.mark();
    image.await(UP, "all flows to get through", () -> Scenario.alive(hosts) == FLOWS);
    image.await(UP, "the update's state", () -> fleet.ota(id).isPresent());
    image.tell(
        "  both tunnels are up again after %d s, traffic passes: %s; the box tells %s"
            .formatted(start, running(), state(id)));
  }

  // --- what is seen -----------------------------------------------------------------------------

  private void confirmed(Path bundle, String wanted, boolean force) throws IOException {
    Running was = running();
    String other = was.slot().equals("A") ? "B" : "A";
    long began = image.seconds();
    String id = fleet.order(bundle, force);
    JsonNode told = ends(id, "confirmed");
    assertThat(told.path("reason").asString()).isEqualTo("ok");
    assertThat(told.at("/job/version").asString()).isEqualTo(wanted);
    assertThat(running()).isEqualTo(new Running(wanted, other));
    awaitGood(other);
    awaitWell("both tunnels and the fleet's link from the new slot");
    image.tell(
        "%s → %s: confirmed after %d s: %s"
            .formatted(was, running(), image.seconds() - began, told.path("sentence").asString()));
  }

  private JsonNode rolledBack(Path bundle, String reason) throws IOException {
    Running was = running();
    long began = image.seconds();
    JsonNode told = ends(fleet.order(bundle, true), "rolled-back");
    assertThat(told.path("reason").asString()).as(told.toString()).isEqualTo(reason);
    awaitWell("both tunnels and the fleet's link from the old slot");
    assertThat(running()).isEqualTo(was);
    awaitGood(was.slot());
    awaitBad(was.slot().equals("A") ? "B" : "A");
    image.tell(
        "%s: rolled back after %d s: %s: %s"
            .formatted(
                bundle.getFileName(),
                image.seconds() - began,
                reason,
                told.path("sentence").asString()));
    return told;
  }

  private void refused(Path bundle, String reason, String words) throws IOException {
    String id = fleet.order(bundle, false);
    image.await(REFUSED, "a refusal of " + bundle + fleet.tail(), () -> over(id));
    JsonNode told = fleet.ota(id).orElseThrow();
    assertThat(told.at("/job/refused").asBoolean(false)).as(told.toString()).isTrue();
    assertThat(told.path("reason").asString()).as(told.toString()).isEqualTo(reason);
    assertThat(told.path("sentence").asString()).contains(words);
    image.tell(
        "%s is refused: %s: %s"
            .formatted(bundle.getFileName(), reason, told.path("sentence").asString()));
  }

  private JsonNode ends(String id, String state) {
    image.await(WHOLE, "the end of update " + id, () -> over(id));
    JsonNode told = fleet.ota(id).orElseThrow();
    assertThat(told.path("state").asString()).as(told + "\n" + fleet.tail()).isEqualTo(state);
    return told;
  }

  private String state(String id) {
    return fleet.ota(id).map(told -> told.path("state").asString("")).orElse("ordered");
  }

  private boolean over(String id) {
    return fleet
        .ota(id)
        .filter(
            told ->
                List.of("confirmed", "rolled-back").contains(told.path("state").asString(""))
                    || told.at("/job/refused").asBoolean(false))
        .isPresent();
  }

  private boolean well() {
    return fleet.ready() && image.both() && image.running().isPresent();
  }

  private void awaitWell(String wanted) {
    image.await(UP, wanted, this::well);
  }

  private Running running() {
    return image.awaitSome(UP, "the box's state on the LAN", image::running);
  }

  private void awaitGood(String slot) {
    image.await(
        UP, "slot " + slot + " marked good", () -> environment(slot + "_TRY=0", slot + "_OK=1"));
  }

  /** It is not started again, whatever befalls the other. */
  private void awaitBad(String slot) {
    image.await(UP, "slot " + slot + " marked bad", () -> environment(slot + "_OK=0"));
  }

  /** What the boot loader goes by. */
  private boolean environment(String... words) {
    return image
        .box()
        .run("grub-editenv /efi/grub/grubenv list", "")
        .out()
        .lines()
        .toList()
        .containsAll(List.of(words));
  }
}
