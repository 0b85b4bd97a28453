package dev.twinspan.agent.peers;

import static dev.twinspan.agent.peers.ImageStage.BOOT;
import static dev.twinspan.agent.peers.ImageStage.UP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.peers.ImageStage.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * An image that boots in an emulator, and somebody with sticks. One that is in from the start
 * brings its configuration. In a box whose image has an enrolment CA, those that are plugged in
 * while it runs: an unsigned folder, a file that another CA has signed, and one for another box are
 * refused on the LAN's page and beside the folder; the right one brings both tunnels up; one older
 * than it is refused again. And a bundle on a stick updates a box, which then confirms what it
 * runs; one that is cut short it refuses. {@code image/try --sticks} runs it.
 */
@EnabledIfSystemProperty(named = "twinspan.image.sticks", matches = ".+")
class ImageStickIT {
  /** The image itself takes less than two. */
  private static final int LARGE_MIB = 8192;

  private static final String ANOTHER_BOX = "52:54:00:00:00:99";

  /** Installation, a start of the box, and a trial of ten minutes at most. */
  private static final Duration UPDATED = Duration.ofMinutes(40);

  private static final String ERRORS = "twinspan-errors.txt";

  @TempDir Path directory;
  private ImageStage image;

  private Bundles bundles() {
    return new Bundles(
        Path.of(System.getProperty("twinspan.image.updates")),
        Path.of(System.getProperty("twinspan.image.bundle")),
        Path.of(System.getProperty("twinspan.image.keys")),
        GuestMachine.ofProperty().board());
  }

  /** Its data partition has the rest of a larger disk, and its name is the configuration's. */
  @Test
  void shouldTakeItsConfigurationFromAStick() throws IOException {
    try (ImageStage set = ImageStage.set(directory)) {
      image = set;
      GuestBox box = image.box();
      box.enlarge(LARGE_MIB);
      box.plug(image.configuration("plug/twinspan").getParent());
      box.start();
      image.await(UP, "both tunnels by the stick's configuration", image::both);
      String mib = box.run("df --output=size -B1M /data | tail -1", "").orThrow().out().strip();
      assertThat(Integer.parseInt(mib)).isGreaterThan(LARGE_MIB * 3 / 4);
      assertThat(box.run("hostname", "").orThrow().out().strip()).isEqualTo(ImageStage.DEVICE);
      box.cut();
      assertThat(box.sticks().file("twinspan-taken.txt")).isPresent();
      assertThat(box.sticks().file("twinspan/secrets/hub-weu.psk")).isEmpty();
      image.tell(
          "a stick brings its configuration: both tunnels are up, the keys are gone from it; of a"
              + " disk of %d MiB the data partition has %s".formatted(LARGE_MIB, mib));
    }
  }

  @Test
  void shouldTakeTheEnrolmentFileThatIsSignedForIt() throws IOException {
    EnrolmentFiles ours = EnrolmentFiles.of(directory.resolve("ours"), "ours");
    EnrolmentFiles theirs = EnrolmentFiles.of(directory.resolve("theirs"), "theirs");
    Path trusting = bundles().trusting(ours.authority());
    try (ImageStage set = ImageStage.set(directory)) {
      image = set;
      GuestBox box = image.box();
      box.write("root-a", trusting);
      Files.delete(trusting);
      Path configuration = image.configuration("configured");
      Path older = directory.resolve("older.tse");
      ours.make(GuestBox.WAN_PORT, configuration, older);
      box.start();
      awaitPage(
          "for which port it takes an enrolment file",
          "with an enrolment file for " + GuestBox.WAN_PORT);

      box.plug(image.configuration("unsigned/twinspan").getParent());
      refused("this image takes signed enrolment files alone from a stick");
      pull("signed enrolment files alone");
      Path stick = directory.resolve("wrong/twinspan-enrol");
      theirs.make(GuestBox.WAN_PORT, configuration, stick.resolve("theirs.tse"));
      ours.make(ANOTHER_BOX, configuration, stick.resolve("another.tse"));
      box.plug(stick.getParent());
      refused("theirs.tse is signed by somebody else");
      refused(
          "1 of them for other boxes; this one is known by", GuestBox.WAN_PORT, "twinspan-enrol");
      assertThat(
              image.awaitSome(BOOT, "the same beside the folder", () -> box.sticks().file(ERRORS)))
          .contains("theirs.tse is signed by somebody else");
      assertThat(box.status()).isEmpty();
      pull("theirs.tse");

      stick = directory.resolve("right/twinspan-enrol");
      Files.createDirectories(stick);
      Files.copy(directory.resolve("wrong/twinspan-enrol/theirs.tse"), stick.resolve("a.tse"));
      ours.make(GuestBox.WAN_PORT, configuration, stick.resolve("b.tse"));
      box.plug(stick.getParent());
      image.await(UP, "both tunnels by the enrolment file", image::both);
      assertThat(box.run("hostname", "").orThrow().out().strip()).isEqualTo(ImageStage.DEVICE);
      image.tell("an enrolment file that is signed for this box: both tunnels are up");

      box.pull();
      image.await(
          BOOT,
          "what looks into sticks to end",
          () -> box.run("systemctl list-units --no-legend 'twinspan-stick@*'", "").out().isBlank());
      stick = Files.createDirectories(directory.resolve("old/twinspan-enrol"));
      Files.copy(older, stick.resolve("older.tse"));
      box.plug(stick.getParent());
      refused("older.tse was made", "a newer one is taken");
      assertThat(image.both()).isTrue();
    }
  }

  @Test
  void shouldBeUpdatedByAStick() throws IOException {
    Bundles bundles = bundles();
    String next = bundles.version() + ".1";
    Path bundle = bundles.next(next);
    try (ImageStage set = ImageStage.set(directory)) {
      image = set;
      GuestBox box = image.box();
      image.configure("", Map.of());
      box.start();
      image.await(UP, "both tunnels", image::both);
      Running was = image.awaitSome(BOOT, "the box's state on the LAN", image::running);
      long began = image.seconds();

      box.plug(stick("spoilt", bundles.truncated()));
      refused("the folder twinspan-update of the USB stick was not taken", "cut short");
      assertThat(image.awaitSome(BOOT, "the box's state", image::running)).isEqualTo(was);

      pull("cut short");
      box.plug(stick("next", bundle));
      image.await(UPDATED, next + " to run from the other slot", () -> image.runs(next, "B"));
      image.tell(
          "a bundle on a stick: %s → slot B runs %s after %d s"
              .formatted(was, next, image.seconds() - began));
      image.await(UP, "both tunnels from the new slot", image::both);
      JsonNode job =
          image.awaitSome(
              UPDATED,
              "the update's confirmation",
              () -> told().filter(j -> !List.of("installed", "trial").contains(phase(j))));
      assertThat(phase(job)).as(job.toString()).isEqualTo("confirmed");
      assertThat(job.path("version").asString("")).isEqualTo(next);
      image.await(
          BOOT,
          "slot B marked good",
          () ->
              box.run("grub-editenv /efi/grub/grubenv list", "")
                  .out()
                  .lines()
                  .toList()
                  .containsAll(List.of("B_OK=1", "B_TRY=0")));
      image.tell(
          "confirmed after %d s: %s"
              .formatted(
                  image.seconds() - began,
                  box.run("twinspan update status", "").orThrow().out().strip()));
      // Still in: it was looked at once more by the new slot.
      image.await(
          BOOT,
          "the stick that stays in to be left alone",
          () ->
              box.run("journalctl --no-pager -o cat -u 'twinspan-stick@*'", "")
                  .out()
                  .contains("was taken before"));
      assertThat(box.run("ls /var/lib/twinspan", "").orThrow().out()).doesNotContain("raucb");
    }
  }

  private Path stick(String name, Path bundle) throws IOException {
    Path folder = directory.resolve(name);
    Files.createDirectories(folder.resolve("twinspan-update"));
    Files.copy(
        bundle,
        folder.resolve("twinspan-update").resolve(bundle.getFileName()),
        StandardCopyOption.REPLACE_EXISTING);
    return folder;
  }

  /** The last update, as the box tells it; empty while it does not answer. */
  private Optional<JsonNode> told() {
    try {
      var result = image.box().run("twinspan update status --json", "");
      return result.ok() ? Optional.of(Json.parse(result.out()).path("job")) : Optional.empty();
    } catch (Json.Malformed e) {
      throw new AssertionError(e);
    }
  }

  private static String phase(JsonNode job) {
    return job.path("phase").asString("");
  }

  /** Another one is looked into once nothing is told of this one any more. */
  private void pull(String told) {
    image.box().pull();
    image.await(
        BOOT,
        "the page to tell nothing of a stick that was pulled",
        () -> image.box().page().filter(page -> !page.contains(told)).isPresent());
  }

  /** On the LAN's page; told by the line that has the first of the words. */
  private void refused(String... words) {
    String page = awaitPage("a refusal with '%s'".formatted(String.join("', '", words)), words);
    image.tell(page.lines().filter(l -> l.contains(words[0])).findFirst().orElseThrow());
  }

  private String awaitPage(String wanted, String... words) {
    return image.awaitSome(
        UP,
        wanted + ", on the LAN",
        () -> image.box().page().filter(page -> List.of(words).stream().allMatch(page::contains)));
  }
}
