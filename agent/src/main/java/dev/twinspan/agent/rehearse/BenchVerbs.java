package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.rehearse.netns.Capture;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.rehearse.netns.Faults.Blackhole;
import dev.twinspan.agent.rehearse.netns.RelayQueue.Impairment;
import dev.twinspan.agent.rehearse.netns.Topology;
import dev.twinspan.agent.rehearse.peer.Misdeed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a person may do to a bench, in words: {@code kill in0}, {@code loss in1 5}. Thread-safe: one
 * verb at a time.
 */
final class BenchVerbs {
  static final String USAGE =
      """
      kill INSTANCE                         the process dies, its address falls silent
      stop INSTANCE                         planned maintenance: deletes its SAs, then is silent
      restore INSTANCE                      back to good order
      blackhole INSTANCE [both|to|from|esp] packets vanish on the way
      loss INSTANCE PERCENT                 each way
      delay INSTANCE MS [JITTER-MS [DUPLICATE-PERCENT [REORDER-PERCENT]]]   each way
      capture MACHINE [DEVICE]              into a file in the current directory, until `end-captures`
      end-captures
      impair INSTANCE MISDEED               a peer at its address misbehaves towards the appliance, once:
                                            wrong-order, duplicates, stale-ids, corrupted-auth, zero-share,
                                            invalid-curve, endless-fragments, delete-storm, lying-proposals,
                                            payload-count or half-open-flood
      where MACHINE                         how to run a command there
      faults                                what is out of order now
      """;

  private final Bench bench;
  private final Path captureDirectory;
  private final List<Capture> captures = new ArrayList<>();

  BenchVerbs(Bench bench, Path captureDirectory) {
    this.bench = bench;
    this.captureDirectory = captureDirectory;
  }

  /**
   * @return one sentence on what was done
   * @throws BenchException when the words make no sense, with those that do
   */
  synchronized String run(List<String> words) {
    try {
      return switch (words.isEmpty() ? "" : words.getFirst()) {
        case "kill" -> kill(instance(words));
        case "stop" -> stop(instance(words));
        case "restore" -> restore(instance(words));
        case "blackhole" -> blackhole(instance(words), words.size() > 2 ? words.get(2) : "both");
        case "loss" -> loss(instance(words), number(words, 2));
        case "delay" -> delay(instance(words), words);
        case "impair" -> impair(instance(words), Misdeed.of(word(words, 2)));
        case "capture" -> capture(words);
        case "end-captures" -> endCaptures();
        case "where" -> String.join(" ", bench.topology().machine(word(words, 1)).commandLine());
        case "faults" -> faults();
        case String verb ->
            throw new BenchException("unknown verb '%s': there are%n%s".formatted(verb, USAGE));
      };
    } catch (NumberFormatException e) {
      throw new BenchException(
          "not a number in '%s': %s".formatted(String.join(" ", words), e.getMessage()), e);
    }
  }

  private String kill(int instance) {
    bench.kill(instance);
    return "killed " + Topology.instanceName(instance);
  }

  private String stop(int instance) {
    return bench.stop(instance)
        ? "stopped " + Topology.instanceName(instance)
        : Topology.instanceName(instance) + " did not end when told to and was killed";
  }

  private String restore(int instance) {
    bench.restore(instance);
    return "restored " + Topology.instanceName(instance);
  }

  private String blackhole(int instance, String which) {
    Blackhole kind =
        switch (which.toLowerCase(Locale.ROOT)) {
          case "both" -> Blackhole.BOTH;
          case "to" -> Blackhole.TO_INSTANCE;
          case "from" -> Blackhole.FROM_INSTANCE;
          case "esp" -> Blackhole.ESP;
          default ->
              throw new BenchException(
                  "blackhole '%s': expected both, to, from or esp".formatted(which));
        };
    bench.faults().blackhole(instance, kind);
    return "blackhole (%s) at %s".formatted(which, Topology.instanceName(instance));
  }

  private String loss(int instance, double percent) {
    bench.faults().loss(instance, percent);
    return "%s %% loss each way at %s".formatted(percent, Topology.instanceName(instance));
  }

  private String delay(int instance, List<String> words) {
    Impairment impairment =
        new Impairment(
            number(words, 2),
            words.size() > 3 ? number(words, 3) : 0,
            words.size() > 4 ? number(words, 4) : 0,
            words.size() > 5 ? number(words, 5) : 0);
    bench.relay().impair(instance, impairment);
    return "%s at %s".formatted(impairment, Topology.instanceName(instance));
  }

  private String impair(int instance, Misdeed misdeed) {
    List<String> command =
        SelfCommand.of(
            "rehearse",
            "impaired",
            bench.topology().applianceAddress(),
            Addresses.INSTANCES.get(instance),
            misdeed.verb());
    Exec.Result result =
        bench.topology().instances().get(instance).run(Gateways.PSK + "\n", command);
    return result.orThrow().out().strip();
  }

  private String capture(List<String> words) {
    Capture capture =
        bench.capture(
            bench.topology().machine(word(words, 1)),
            words.size() > 2 ? words.get(2) : "any",
            "",
            captureDirectory);
    captures.add(capture);
    return "capturing into " + capture.file();
  }

  private String endCaptures() {
    captures.forEach(Capture::close);
    String files = String.join(" ", captures.stream().map(c -> c.file().toString()).toList());
    captures.clear();
    return files.isEmpty() ? "no capture was running" : "captured " + files;
  }

  private String faults() {
    List<String> all = new ArrayList<>(bench.faults().describe());
    all.addAll(bench.relay().describe());
    return all.isEmpty() ? "all in order" : String.join(", ", all);
  }

  private int instance(List<String> words) {
    String name = word(words, 1);
    for (int i = 0; i < bench.topology().instances().size(); i++) {
      if (Topology.instanceName(i).equals(name)) {
        return i;
      }
    }
    throw new BenchException("no instance '%s': there are in0 and in1".formatted(name));
  }

  private static double number(List<String> words, int index) {
    return Double.parseDouble(word(words, index));
  }

  private static String word(List<String> words, int index) {
    if (index >= words.size()) {
      throw new BenchException(
          "'%s' needs more words:%n%s".formatted(String.join(" ", words), USAGE));
    }
    return words.get(index);
  }
}
