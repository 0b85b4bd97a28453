package dev.twinspan.agent.fleet.desired;

import dev.twinspan.agent.crypto.Sha256;
import dev.twinspan.agent.fleet.desired.Outcome.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;

/**
 * What became of desired configurations: on the disk, over restarts, and to be told. All but {@link
 * #told} is for the main thread.
 */
final class DesiredBook {
  private static final Logger LOG = LoggerFactory.getLogger(DesiredBook.class);
  private static final int MOST_SENTENCE = 500;

  /**
   * What is to be told; another object each time.
   *
   * @param version in force; empty: it was written by hand
   * @param hash of the text in force
   */
  record Told(Outcome outcome, String version, String hash) {}

  private final Path file;
  private final Supplier<Sha256> digest;
  private @Nullable Path directory;
  private volatile @Nullable Told told;

  /** The version that was confirmed last, and its hash. */
  private String version = "";

  private String versionHash = "";

  /**
   * @param file the configuration
   * @param digest of texts, now
   */
  DesiredBook(Path file, Supplier<Sha256> digest) {
    this.file = file;
    this.digest = digest;
  }

  /** Null: nothing was ever desired. Any thread. */
  @Nullable Told told() {
    return told;
  }

  /**
   * Reads what the last life of the agent has left, once for each folder.
   *
   * @param text in force
   */
  void open(Path from, String text) {
    if (from.equals(directory)) {
      return;
    }
    directory = from;
    OutcomeFile kept = OutcomeFile.read(from);
    version = kept.version();
    versionHash = kept.versionHash();
    kept.last().ifPresent(last -> tell(ended(last, text), null, text));
  }

  private Outcome ended(Outcome last, String text) {
    if (last.result() != Result.TRIAL) {
      return last;
    }
    if (last.hash().equals(digest.get().hex(text))) {
      // It had been written, and the agent ended before it could say so.
      version = last.version();
      versionHash = last.hash();
      return renamed(last, Result.APPLIED, "ok", "in force, and in " + file);
    }
    String sentence = "the agent ended during the trial; the old configuration is in force";
    return renamed(last, Result.ROLLED_BACK, "agent_ended", sentence);
  }

  private static Outcome renamed(Outcome of, Result result, String reason, String sentence) {
    return new Outcome(of.version(), of.hash(), result, reason, sentence, null);
  }

  /** Whether it is the last one, once more, of which another try would tell nothing else. */
  boolean tellAgain(Desired named) {
    Told last = told;
    if (last == null
        || named.version().isEmpty()
        || !last.outcome().isOf(named)
        || last.outcome().reason().equals(DesiredFetch.UNREACHABLE)) {
      return false;
    }
    told = new Told(last.outcome(), last.version(), last.hash());
    return true;
  }

  void confirm(Desired desired) {
    version = desired.version();
    versionHash = desired.hash();
  }

  static Outcome outcome(
      Desired of, Result result, String reason, String sentence, @Nullable ArrayNode problems) {
    String line =
        sentence.length() > MOST_SENTENCE ? sentence.substring(0, MOST_SENTENCE) : sentence;
    return new Outcome(of.version(), of.hash(), result, reason, line, problems);
  }

  /**
   * @throws Refusal when it is not on the disk
   */
  void keep(Outcome outcome) throws Refusal {
    try {
      OutcomeFile.write(Objects.requireNonNull(directory), outcome, version, versionHash);
    } catch (IOException e) {
      throw new Refusal(
          "not_durable", "fleet.state-directory cannot be written: " + e.getMessage());
    }
  }

  /**
   * Logs, keeps and tells it.
   *
   * @param trying what is in force for a trial; null: {@code text} is
   */
  void end(Outcome outcome, @Nullable Desired trying, String text) {
    LOG.info(
        "configuration {} from the fleet: {}, {}: {}",
        outcome.version(),
        outcome.result().word(),
        outcome.reason(),
        outcome.sentence());
    try {
      keep(outcome);
    } catch (Refusal e) {
      LOG.warn("{}", e.sentence());
    }
    tell(outcome, trying, text);
  }

  private void tell(Outcome outcome, @Nullable Desired trying, String text) {
    String hash = digest.get().hex(trying == null ? text : trying.config());
    String current = "";
    if (trying != null) {
      current = trying.version();
    } else if (hash.equals(versionHash)) {
      current = version;
    }
    told = new Told(outcome, current, hash);
  }
}
