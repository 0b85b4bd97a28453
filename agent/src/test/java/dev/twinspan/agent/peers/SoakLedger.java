package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Topology;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A soak's packets: what was sent, what came, and who is known to have dropped what is missing.
 * Looked at after each rekey, so that a loss is told beside the messages that led to it.
 */
final class SoakLedger {
  /** Packets that may be missing after a rekey without a word; those on their way are. */
  private static final long UNREMARKABLE = 20;

  /** For those on their way to arrive, the machine being busy. */
  private static final Duration ARRIVAL = Duration.ofSeconds(4);

  private final Topology topology;
  private final Hosts hosts;
  private final RekeyPeer peer;
  private final EspLoss loss;
  private final LongSupplier early;
  private final MachineLosses before;
  private String refused;
  private int watched;
  private long missingThere;
  private long missingBack;

  /**
   * @param early what we dropped since its SA did not come
   */
  SoakLedger(Topology topology, Hosts hosts, RekeyPeer peer, EspLoss loss, LongSupplier early) {
    this.topology = topology;
    this.hosts = hosts;
    this.peer = peer;
    this.loss = loss;
    this.early = early;
    this.before = MachineLosses.now(topology, peer);
    this.refused = peer.refusedEsp();
  }

  /**
   * @param dropped ESP packets that the internet dropped
   */
  record Balance(
      long sent,
      long echoed,
      long returned,
      long droppedThere,
      long droppedBack,
      long early,
      MachineLosses machines) {
    long lostThere() {
      return sent - echoed;
    }

    long lostBack() {
      return echoed - returned;
    }

    /** What nobody dropped but us or the peer's ESP. */
    long unexplainedThere() {
      return lostThere() - droppedThere - machines.there();
    }

    long unexplainedBack() {
      return lostBack() - droppedBack - machines.back();
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%d packets there, %d lost, %d ESP dropped; back %d lost, %d ESP dropped, %d early;"
              + " without room: %s",
          sent,
          lostThere(),
          droppedThere,
          lostBack(),
          droppedBack,
          early,
          machines);
    }
  }

  Balance balance() {
    long[] flows = flows();
    return new Balance(
        flows[0],
        flows[1],
        flows[2],
        loss.espToInstance(),
        loss.espFromInstance(),
        early.getAsLong(),
        MachineLosses.now(topology, peer).since(before));
  }

  private long[] flows() {
    List<FlowReport> lan = hosts.lan().flows();
    return new long[] {
      lan.stream().mapToLong(FlowReport::sent).sum(), received(hosts.vnet().echoed()), received(lan)
    };
  }

  static long received(List<FlowReport> flows) {
    return flows.stream().mapToLong(FlowReport::received).sum();
  }

  /** Nothing is on its way any more. */
  Balance whenQuiet() {
    long[] flows = flows();
    while (true) {
      Await.pause(Duration.ofSeconds(1));
      long[] later = flows();
      if (Arrays.equals(later, flows)) {
        return balance();
      }
      flows = later;
    }
  }

  /**
   * Tells of packets that went missing since the last time.
   *
   * @param what was done meanwhile
   * @param story what is to be told with it
   */
  void watch(String what, Supplier<String> story) {
    if (++watched % 50 == 0) {
      System.out.printf("%d rekeys, last %s: %s%n", watched, what, balance());
    }
    String refusedNow = peer.refusedEsp();
    if (!refusedNow.equals(refused)) {
      refused = refusedNow;
      System.out.printf("%s: the peer's ESP refused%n%s%n%s%n", what, refused, story.get());
    }
    if (Await.until(ARRIVAL, () -> missing()[0] <= missingThere && missing()[1] <= missingBack)) {
      return;
    }
    long[] missing = missing();
    System.out.printf(
        "%s: %d there and %d back went missing%n%s%n%s%n",
        what, missing[0] - missingThere, missing[1] - missingBack, balance(), story.get());
    missingThere = Math.max(missingThere, missing[0]);
    missingBack = Math.max(missingBack, missing[1]);
  }

  /** Beyond the drops outside, each way. */
  private long[] missing() {
    long[] flows = flows();
    return new long[] {
      flows[0] - flows[1] - loss.espToInstance() - UNREMARKABLE,
      flows[1] - flows[2] - loss.espFromInstance() - UNREMARKABLE
    };
  }
}
