package dev.twinspan.agent.update;

import dev.twinspan.agent.fleet.desired.DurableFile;
import dev.twinspan.agent.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An update and how far it is: what is on the disk, and what a power cut leaves.
 *
 * @param version of the bundle; empty: not known yet
 * @param origin slot that ran when it was installed; empty: not known yet
 * @param target slot that it goes into; likewise
 * @param boot id of the start in which the phase was entered, of boot_id in random(4)
 * @param since when the trial began, nanoseconds of that start's monotonic clock
 * @param before what worked before
 * @param tries of the phase that is repeated
 * @param reason stable code; empty: nothing to say
 */
public record UpdateJob(
    UpdateOrder order,
    Phase phase,
    String version,
    String origin,
    String target,
    String boot,
    long since,
    Wellness before,
    int tries,
    String reason,
    String sentence) {
  /** How far it is. */
  public enum Phase {
    DOWNLOADING,
    VERIFYING,
    INSTALLING,
    /** In its slot, and not started yet. */
    INSTALLED,
    TRIAL,
    CONFIRMED,
    /** The old slot is to be started. */
    ROLLING_BACK,
    ROLLED_BACK,
    REFUSED;

    /** As the topic {@code ota} has it. */
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public boolean isFinal() {
      return this == CONFIRMED || this == ROLLED_BACK || this == REFUSED;
    }
  }

  private static final String FILE = "update";
  private static final String AGENT_FAILED = "agent_failed";
  private static final int MOST_BYTES = 16 << 10;

  static UpdateJob begun(UpdateOrder order, String boot) {
    return new UpdateJob(
        order, Phase.DOWNLOADING, "", "", "", boot, 0, Wellness.NOTHING, 0, "", "");
  }

  /** One that was installed by hand, and is to be tried by whatever start comes next. */
  public static UpdateJob byHand(String version, Slots slots, String boot, Wellness before) {
    return new UpdateJob(
        new UpdateOrder(UpdateOrder.TERMINAL, "", "", 0, false, UpdateOrder.BY_HAND),
        Phase.INSTALLED,
        version,
        slots.booted(),
        slots.other(),
        boot,
        0,
        before,
        0,
        "",
        "");
  }

  /**
   * Whether the target started, and its agent failed: then twinspan-good, which sees that, has put
   * reason and sentence into the file ({@code because} of its lib.sh) before it starts the other
   * slot.
   */
  boolean agentFailed() {
    return reason.equals(AGENT_FAILED);
  }

  UpdateJob to(Phase next) {
    return new UpdateJob(
        order, next, version, origin, target, boot, since, before, 0, reason, sentence);
  }

  /** Told in full. */
  UpdateJob of(UpdateOrder complete) {
    return new UpdateJob(
        complete, phase, version, origin, target, boot, since, before, tries, reason, sentence);
  }

  UpdateJob because(String why, String inWords) {
    return new UpdateJob(
        order, phase, version, origin, target, boot, since, before, tries, why, inWords);
  }

  UpdateJob into(String bundle, String from, String to) {
    return new UpdateJob(
        order, phase, bundle, from, to, boot, since, before, tries, reason, sentence);
  }

  UpdateJob with(Wellness was) {
    return new UpdateJob(
        order, phase, version, origin, target, boot, since, was, tries, reason, sentence);
  }

  UpdateJob in(String start, long now) {
    return new UpdateJob(
        order, phase, version, origin, target, start, now, before, tries, reason, sentence);
  }

  UpdateJob again() {
    return new UpdateJob(
        order, phase, version, origin, target, boot, since, before, tries + 1, reason, sentence);
  }

  // --- on the disk ------------------------------------------------------------------------------

  /** Empty: there was none, or it is spoilt, which a write never leaves behind. */
  public static Optional<UpdateJob> read(Path directory) throws IOException {
    try (InputStream in = Files.newInputStream(directory.resolve(FILE))) {
      JsonNode tree = Json.parse(new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8));
      JsonNode order = tree.path("order");
      return Stream.of(Phase.values())
          .filter(phase -> phase.word().equals(tree.path("phase").asString("")))
          .findFirst()
          .map(
              phase ->
                  new UpdateJob(
                      new UpdateOrder(
                          order.path("id").asString(""),
                          order.path("url").asString(""),
                          order.path("sha256").asString(""),
                          order.path("size").asLong(0),
                          order.path("force").asBoolean(false),
                          order.path("at").asString(UpdateOrder.BY_HAND)),
                      phase,
                      tree.path("version").asString(""),
                      tree.path("origin").asString(""),
                      tree.path("target").asString(""),
                      tree.path("boot").asString(""),
                      tree.path("since").asLong(0),
                      Wellness.of(tree.path("before")),
                      tree.path("tries").asInt(0),
                      tree.path("reason").asString(""),
                      tree.path("sentence").asString("")));
    } catch (NoSuchFileException | Json.Malformed _) {
      return Optional.empty();
    }
  }

  public void write(Path directory) throws IOException {
    Files.createDirectories(directory);
    DurableFile.write(directory.resolve(FILE), Json.pretty(tree()));
  }

  /** By somebody who may be root, for the agent, whose directory it is. */
  public void leave(Path directory) throws IOException {
    write(directory);
    Files.setOwner(directory.resolve(FILE), Files.getOwner(directory));
  }

  public ObjectNode tree() {
    ObjectNode tree =
        Json.object()
            .put("phase", phase.word())
            .put("version", version)
            .put("origin", origin)
            .put("target", target)
            .put("boot", boot)
            .put("since", since)
            .put("tries", tries)
            .put("reason", reason)
            .put("sentence", sentence);
    tree.set(
        "order",
        Json.object()
            .put("id", order.id())
            .put("url", order.url())
            .put("sha256", order.sha256())
            .put("size", order.size())
            .put("force", order.force())
            .put("at", order.at()));
    tree.set("before", before.tree());
    return tree;
  }
}
