package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.ike.IkePeer;
import dev.twinspan.agent.ike.IkePolicy;
import dev.twinspan.agent.ike.IkeState;
import dev.twinspan.agent.rehearse.SelfCommand;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Sandbox;
import dev.twinspan.agent.rehearse.peer.Box;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.StrongSwan;
import dev.twinspan.agent.rehearse.peer.StrongSwanSettings;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanBox;
import dev.twinspan.agent.rehearse.peer.TwinspanSettings;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.agent.sim.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How many full handshakes (PSK, ECP384, AES-256-GCM; IKE_SA_INIT, IKE_AUTH with its CHILD SA, and
 * the DELETE that makes room for the next) a whole responder does in a second of one core: our
 * agent and strongSwan's charon in turns, both on the same core, against the same initiator on
 * another. Counted is the CPU time of the responder's process, key pairs made ahead and the
 * compiler included, so that neither the initiator's pace nor other load on the machine is part of
 * it.
 *
 * <p>{@code -Dtwinspan.handshakes=500} for figures worth quoting. A gateway runs for months, but
 * the JVM's optimizing compiler takes 10 s of CPU for the code of a handshake, spread over the
 * first three thousand: the full form lets both responders do as many before it counts, and tells
 * what the first ones cost. The short form mostly measures the compiler.
 *
 * <p>What a warm handshake costs here (2-core 2.5 GHz x86 VM): 3.4 ms, of that ECDH on P-384 0.9 ms
 * and its key pair 0.23 ms. OpenSSL's {@code EVP_PKEY_derive} takes 0.74 ms and as much for a pair:
 * nothing to gain there.
 */
class HandshakeIT {
  private static final int HANDSHAKES = Integer.getInteger("twinspan.handshakes", 25);
  private static final boolean FULL = HANDSHAKES >= 100;
  private static final int ROUNDS = FULL ? 3 : 1;
  private static final int WARM_UP = FULL ? Math.max(3000, HANDSHAKES) : HANDSHAKES;
  private static final String BRANCH = "198.51.100.7";
  private static final String GATEWAY = "203.0.113.10";
  private static final String PSK = "CorrectHorseBatteryStaple";
  private static final Suite SUITE = Suite.ECP384_GCM256;
  private static final double TICKS_PER_SECOND = 100; // USER_HZ, whatever the kernel's own rate

  @TempDir private Path directory;
  private int number;

  @Test
  void shouldCountHandshakesPerSecondOfOneCore() throws IOException, InterruptedException {
    assumeTrue(StrongSwan.missing().isEmpty(), () -> "missing: " + StrongSwan.missing());
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    try (Responder twinspan =
            new Responder(this::twinspan, p -> commandLine(p).contains(" up --config "));
        Responder strongSwan =
            new Responder(this::strongSwan, p -> commandLine(p).contains("charon"))) {
      double first = twinspan.perCpuSecond(HANDSHAKES);
      twinspan.perCpuSecond(WARM_UP);
      strongSwan.perCpuSecond(HANDSHAKES);
      for (int round = 0; round < ROUNDS; round++) {
        ours.add(twinspan.perCpuSecond(HANDSHAKES));
        theirs.add(strongSwan.perCpuSecond(HANDSHAKES));
      }
      System.out.printf(
          "handshakes per second of one core, %d a round: twinspan %s (the first %d, JVM cold:"
              + " %.0f), strongSwan %s%n",
          HANDSHAKES, figures(ours), HANDSHAKES, first, figures(theirs));
    }
    assertThat(ours).hasSize(ROUNDS).allMatch(rate -> rate > 0);
    assertThat(theirs).hasSize(ROUNDS).allMatch(rate -> rate > 0);
  }

  private static String figures(List<Double> rates) {
    return rates.stream().map("%.0f"::formatted).toList().toString();
  }

  private interface Maker {
    Box make(Namespace machine);
  }

  private Box twinspan(Namespace machine) {
    TwinspanSettings settings =
        new TwinspanSettings(
            "gateway",
            GATEWAY,
            GATEWAY,
            "10.10.0.0/16",
            "branch",
            "single-tunnel",
            "192.168.50.0/24",
            Role.RESPONDER_ONLY,
            SUITE,
            PSK,
            Duration.ofSeconds(45),
            List.of(new TwinspanSettings.Remote("cpe", BRANCH)),
            List.of(),
            List.of());
    return new TwinspanBox(machine, fresh(), SelfCommand.of(), settings);
  }

  private Box strongSwan(Namespace machine) {
    Path own = fresh();
    return new StrongSwan(
        machine,
        own,
        own.resolve("marks"),
        new StrongSwanSettings(
            GATEWAY,
            BRANCH,
            GATEWAY,
            BRANCH,
            PSK,
            SUITE,
            "10.10.0.0/16",
            "192.168.50.0/24",
            Role.RESPONDER_ONLY,
            Duration.ofSeconds(45),
            "ipsec0",
            "192.168.50.0/24",
            true));
  }

  private Path fresh() {
    try {
      return Files.createDirectories(directory.resolve("box" + number++));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A responder on core 0 and an initiator that knows it, in a network of their own. */
  private static final class Responder implements AutoCloseable {
    private final Sandbox sandbox = Sandbox.open();
    private final Box box;
    private final IkeHost host;
    private final long pid;

    Responder(Maker maker, Predicate<ProcessHandle> isResponder)
        throws IOException, InterruptedException {
      try {
        Namespace branch = sandbox.namespace("branch");
        Namespace gateway = sandbox.namespace("gateway");
        join(branch, gateway);
        box = maker.make(gateway);
        box.start();
        host = new IkeHost(branch.pid(), World.address(BRANCH));
        handshakes(host, box, 1);
        pid =
            ProcessHandle.allProcesses()
                .filter(isResponder)
                .filter(p -> namespace(p.pid()).equals(namespace(gateway.pid())))
                .filter(p -> p.children().findAny().isEmpty()) // not nsenter, which waits for it
                .findFirst()
                .orElseThrow()
                .pid();
        pin(pid, 0);
      } catch (IOException | InterruptedException | RuntimeException | Error e) {
        sandbox.close();
        throw e;
      }
    }

    double perCpuSecond(int count) throws IOException {
      double before = cpuSeconds(pid);
      handshakes(host, box, count);
      return count / (cpuSeconds(pid) - before);
    }

    @Override
    public void close() {
      host.close();
      box.stop(Duration.ofSeconds(5));
      sandbox.close();
    }
  }

  private static void join(Namespace branch, Namespace gateway) {
    branch.ip(
        "link",
        "add",
        "name",
        "wan",
        "type",
        "veth",
        "peer",
        "name",
        "wan",
        "netns",
        Long.toString(gateway.pid()));
    branch.ip("link", "set", "wan", "up");
    gateway.ip("link", "set", "wan", "up");
    branch.ip("addr", "add", BRANCH, "peer", GATEWAY, "dev", "wan");
    gateway.ip("addr", "add", GATEWAY, "peer", BRANCH, "dev", "wan");
    gateway.ip("addr", "add", "10.10.0.1/32", "dev", "lo"); // strongSwan wants to be in its prefix
  }

  private static IkePeer initiator() {
    return Peers.of("gw", World.address(BRANCH), World.address(GATEWAY))
        .role(IkePeer.Role.INITIATE_ONLY)
        .secret(PSK)
        .selectors(
            List.of(Peers.selector("192.168.50.0", "192.168.50.255")),
            List.of(Peers.selector("10.10.0.0", "10.10.255.255")))
        .policy(
            new IkePolicy(
                "bench",
                List.of(Peers.STRONG),
                List.of(Peers.GCM),
                Duration.ofHours(8),
                Duration.ofHours(8),
                0))
        .build();
  }

  /** One after the other, each deleted at both ends before the next. */
  private static void handshakes(IkeHost host, Box box, int count) {
    for (int i = 0; i < count; i++) {
      host.configure();
      await("the DELETE", host::isIdle, box);
      host.configure(initiator());
      await("a handshake", () -> host.view().state() == IkeState.ESTABLISHED, box);
    }
  }

  private static void await(String what, BooleanSupplier condition, Box box) {
    Await.orThrow(Duration.ofSeconds(90), condition, what, box::tail);
  }

  private static String commandLine(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/%d/cmdline".formatted(process.pid())))
          .replace('\0', ' ');
    } catch (IOException _) {
      return ""; // it ended meanwhile
    }
  }

  private static String namespace(long pid) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/%d/ns/net".formatted(pid))).toString();
    } catch (IOException _) {
      return "gone " + pid;
    }
  }

  private static void pin(long pid, int core) throws IOException, InterruptedException {
    Process taskset =
        new ProcessBuilder("taskset", "-a", "-p", "-c", Integer.toString(core), Long.toString(pid))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(taskset.waitFor()).isZero();
  }

  /** User and system time: fields 14 and 15 of proc(5) stat, counted behind the name's bracket. */
  private static double cpuSeconds(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/%d/stat".formatted(pid)));
    String[] behindName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(behindName[11]) + Long.parseLong(behindName[12])) / TICKS_PER_SECOND;
  }
}
