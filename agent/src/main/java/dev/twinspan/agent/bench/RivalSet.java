package dev.twinspan.agent.bench;

import dev.twinspan.agent.rehearse.BenchDirectory;
import java.util.ArrayList;
import java.util.List;

/** All the others, up and idle until it is their turn; none of them is left when it is closed. */
final class RivalSet implements AutoCloseable {
  private static final String DIRECTORY = "twinspan-vs-";

  private final BenchDirectory directory = BenchDirectory.create(DIRECTORY);
  private final List<Contender> contenders = new ArrayList<>();
  private final List<Comparison.Refusal> refused = new ArrayList<>();

  private RivalSet() {}

  /**
   * @throws dev.twinspan.agent.rehearse.netns.BenchException when one that could run does not
   */
  static RivalSet start(List<Rival> rivals, int tunnels, ProgressBar bar) {
    RivalSet set = new RivalSet();
    try {
      for (Rival rival : rivals) {
        bar.show("setting up " + rival.title());
        set.add(rival, tunnels);
      }
      return set;
    } catch (RuntimeException | Error e) {
      set.close();
      throw e;
    }
  }

  private void add(Rival rival, int tunnels) {
    try {
      contenders.add(RivalContender.start(rival, tunnels, directory.path()));
    } catch (RivalContender.Refused e) {
      refused.add(new Comparison.Refusal(rival.title(), e.reason()));
    }
  }

  List<Contender> contenders() {
    return List.copyOf(contenders);
  }

  List<Comparison.Refusal> refused() {
    return List.copyOf(refused);
  }

  @Override
  public void close() {
    contenders.reversed().forEach(Contender::close);
    directory.close();
  }
}
