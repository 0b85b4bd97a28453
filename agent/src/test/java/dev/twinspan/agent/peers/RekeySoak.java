package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.peers.RekeyPeer.Pair;
import dev.twinspan.agent.peers.RekeyPeer.Sas;
import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.peer.TwinspanBox;
import dev.twinspan.agent.status.StatusClient;
import dev.twinspan.agent.status.TunnelStatus;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * One tunnel that is rekeyed over and over, by us, by the peer and by both in the same moment,
 * while 1,000 packets a second go each way and the internet loses 2 % of everything, IKE's own
 * messages among them. Each rekey must end with one IKE SA and one CHILD SA that both ends agree
 * on; in the end no inner packet is missing but those whose ESP packet was seen to be dropped.
 */
final class RekeySoak {
  private static final int FLOWS = 10;
  private static final double RATE = 100;
  private static final double LOSS = 2;

  /** One IKE exchange may be lost several times over, and the machine be busy. */
  private static final Duration SETTLED = Duration.ofSeconds(90);

  /** The bar for a duplicate. */
  private static final Duration DUPLICATE = Duration.ofSeconds(10);

  /** A duplicate for so long is told with what led to it. */
  private static final Duration STRANGE = Duration.ofSeconds(3);

  /** Rekeys of CHILD SAs by each starter; a tenth as many of IKE SAs, two at least. */
  static final int REKEYS = Integer.getInteger("twinspan.rekeys", 5);

  private enum Starter {
    WE,
    PEER,
    BOTH
  }

  private final Bench bench;
  private final TwinspanBox ours;
  private final RekeyPeer peer;
  private long duplicateSince;
  private Duration longestDuplicate = Duration.ZERO;
  private int mostPairs;

  private RekeySoak(Bench bench, TwinspanBox ours, RekeyPeer peer) {
    this.bench = bench;
    this.ours = ours;
    this.peer = peer;
  }

  /** The tunnel is up and the VNet knows its way back. */
  static void run(Bench bench, TwinspanBox ours, RekeyPeer peer) {
    new RekeySoak(bench, ours, peer).run();
  }

  private void run() {
    Hosts hosts = bench.hosts();
    // Before the first packet: a cold appliance on a busy machine lets its TUN's queue run over
    // then, and what was sent is counted from there on.
    EspLoss loss = EspLoss.of(bench.topology(), 0, LOSS);
    SoakLedger ledger =
        new SoakLedger(bench.topology(), hosts, peer, loss, () -> drops("early-esp"));
    hosts.udp(FLOWS, RATE, 200);
    Await.orThrow(
        SETTLED,
        () -> SoakLedger.received(hosts.lan().flows()) > 100,
        "traffic",
        () -> hosts.lan().flows() + " " + describe());
    awaitSettled("at the start", Optional.empty(), Optional.empty());
    int done = 0;
    for (Starter starter : Starter.values()) {
      if (starter == Starter.BOTH && !peer.survivesCrossedRekeys()) {
        continue;
      }
      for (int i = 0; i < REKEYS; i++) {
        rekey(ledger, starter, false, i);
        if (done == 0) {
          // Later it holds what came later.
          assertThat(trace()).contains("CREATE_CHILD_SA", "N(REKEY_SA", "SA(ESP ", "D(ESP ");
        }
        done++;
      }
      for (int i = 0; i < Math.max(2, REKEYS / 10); i++) {
        rekey(ledger, starter, true, i);
        done++;
      }
    }
    hosts.lan().hold();
    SoakLedger.Balance totals = ledger.whenQuiet();
    String figures =
        String.format(
            Locale.ROOT,
            "%d rekeys; %s; %d IKE datagrams dropped; longest duplicate %d ms, at most %d pairs;"
                + " here %s; there %s",
            done,
            totals,
            loss.ike(),
            longestDuplicate.toMillis(),
            mostPairs,
            drops(),
            peer.refused());
    System.out.println("rekey soak: " + figures);
    assertThat(totals.unexplainedThere()).as(figures).isLessThanOrEqualTo(0);
    assertThat(totals.unexplainedBack()).as(figures).isLessThanOrEqualTo(0);
    assertThat(totals.droppedThere()).as("some loss, or nothing was tried").isPositive();
    assertThat(totals.droppedBack()).isPositive();
    assertThat(longestDuplicate).as(figures).isLessThanOrEqualTo(DUPLICATE);
    Await.orThrow(
        SETTLED,
        () -> tunnel().map(t -> t.childSas().size() == 1).orElse(false) && peer.sas().single(),
        "no SA left over",
        this::describe);
  }

  private Map<String, Long> drops() {
    return ours.status().orElseThrow().drops();
  }

  private long drops(String reason) {
    return drops().getOrDefault(reason, 0L);
  }

  /** What {@code tunnel trace --json} prints. */
  private String trace() {
    try {
      return new StatusClient(ours.statusSocket())
          .get("/v1/tunnels/hub-weu/in0/trace")
          .body()
          .toString();
    } catch (StatusClient.Unreachable e) {
      throw new AssertionError(ours.tail(), e);
    }
  }

  private void rekey(SoakLedger ledger, Starter starter, boolean ike, int number) {
    Sas before = peer.sas();
    Duration duplicate = longestDuplicate;
    String what = "%s %s %d".formatted(starter, ike ? "IKE" : "CHILD", number);
    CompletableFuture<Void> theirs =
        CompletableFuture.runAsync(
            () -> {
              if (starter != Starter.WE) {
                if (ike) {
                  peer.rekeyIke();
                } else {
                  peer.rekeyChild();
                }
              }
            },
            task -> Thread.ofVirtual().start(task));
    if (starter != Starter.PEER) {
      rekeyOurs(ike);
    }
    theirs.join();
    awaitSettled(
        what,
        ike ? Optional.of(before.ike().getFirst()) : Optional.empty(),
        ike ? Optional.empty() : Optional.of(before.children().getFirst()));
    if (longestDuplicate.compareTo(duplicate) > 0 && longestDuplicate.compareTo(STRANGE) > 0) {
      System.out.printf("%s: two for %s%n%s%n", what, longestDuplicate, story());
    }
    ledger.watch(what, this::story);
  }

  private void rekeyOurs(boolean ike) {
    try {
      StatusClient.Answer answer =
          new StatusClient(ours.statusSocket())
              .post("/v1/tunnels/hub-weu/in0/rekey?what=" + (ike ? "ike" : "child"));
      assertThat(answer.ok()).as(answer.body().toString()).isTrue();
    } catch (StatusClient.Unreachable e) {
      throw new AssertionError(ours.tail(), e);
    }
  }

  private void awaitSettled(String what, Optional<String> oldIke, Optional<Pair> oldChild) {
    Await.orThrow(
        SETTLED, () -> settled(oldIke, oldChild), what + ": one pair at both ends", this::describe);
  }

  /** One IKE SA and one pair, the same at both ends, and not the old one. */
  private boolean settled(Optional<String> oldIke, Optional<Pair> oldChild) {
    Sas theirs = peer.sas();
    watchDuplicates(theirs);
    if (!theirs.single()
        || oldIke.filter(theirs.ike().getFirst()::equals).isPresent()
        || oldChild.filter(theirs.children().getFirst()::equals).isPresent()) {
      return false;
    }
    Pair pair = theirs.children().getFirst();
    return tunnel()
        .filter(t -> t.ike() != null && t.ike().count() == 1)
        .flatMap(t -> t.childSas().stream().filter(TunnelStatus.ChildSa::sending).findFirst())
        .filter(c -> c.inboundSpi() == pair.outbound() && c.outboundSpi() == pair.inbound())
        .isPresent();
  }

  private void watchDuplicates(Sas theirs) {
    mostPairs = Math.max(mostPairs, theirs.children().size());
    if (theirs.children().size() <= 1 && theirs.ike().size() <= 1) {
      duplicateSince = 0;
    } else if (duplicateSince == 0) {
      duplicateSince = System.nanoTime();
    } else {
      Duration since = Duration.ofNanos(System.nanoTime() - duplicateSince);
      longestDuplicate = since.compareTo(longestDuplicate) > 0 ? since : longestDuplicate;
    }
  }

  private String story() {
    return trace() + "\n" + describe();
  }

  private Optional<TunnelStatus> tunnel() {
    return ours.status().map(status -> status.tunnels().getFirst());
  }

  private String describe() {
    return "ours %s%ntheirs %s%n%s%n%s".formatted(tunnel(), peer.sas(), ours.tail(), peer.tail());
  }
}
