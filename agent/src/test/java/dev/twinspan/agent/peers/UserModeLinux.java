package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Topology;
import dev.twinspan.agent.rehearse.peer.Box;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * An instance of the gateway with a Linux kernel of its own, one that has ESP: Debian's user-mode
 * Linux, a process. Its root is the host's, read-only; it writes to tmpfs. The instance's namespace
 * is its switch: both wires are bridged to taps, and the machine inside has the instance's
 * addresses.
 *
 * <pre>
 *   inet ─── wan ═ bridge ═ tap ─── vec0 ┌───────────────┐ vec1 ─── tap ═ bridge ═ vnet ─── vnet
 *            namespace in0               │ user-mode     │            namespace in0
 *                                        │ kernel: XFRM  │
 *                                        └───────────────┘
 * </pre>
 *
 * Commands go in by its console, a line each. For one thread at a time.
 */
final class UserModeLinux implements Box {
  private static final Path KERNEL = Path.of("/usr/bin/linux.uml");
  private static final Path MODPROBE = Path.of("/sbin/modprobe");
  private static final Duration BOOT = Duration.ofMinutes(3);
  private static final long ANSWER_SECONDS = 120;

  /** How long a command may be silent before the console is woken again. */
  private static final long WAKE_SECONDS = 1;

  /** For so long, and people are told. */
  private static final long TOLD_SECONDS = 5;

  private static final String END = "@end@";

  /**
   * Numbered command lines come in on the console; an answer ends with {@link #END}, the number and
   * the exit code.
   */
  private static final String INIT =
      """
      #!/bin/sh
      export PATH=/usr/sbin:/usr/bin:/sbin:/bin
      mount -t proc proc /proc
      mount -t sysfs sys /sys
      mount -t devtmpfs dev /dev
      mount -t tmpfs tmp /run
      stty -echo -onlcr
      mkdir -p /run/modules/lib
      ln -s /usr/lib/uml/modules /run/modules/lib/modules
      # What the kernel asks for itself, ciphers above all, is in no usual place either.
      printf '#!/bin/sh\\nexec /sbin/modprobe -d /run/modules "$@"\\n' >/run/modprobe
      chmod +x /run/modprobe
      echo /run/modprobe >/proc/sys/kernel/modprobe
      for module in xfrm_user esp4 af_key udp_tunnel; do
        /run/modprobe $module
      done
      echo %1$s 0 0
      while read -r number line; do
        if [ -n "$number" ]; then
          (eval "$line") </dev/null 2>&1
          echo "%1$s $number $?"
        fi
      done
      echo o >/proc/sysrq-trigger
      read -r forever
      """;

  private final Bench bench;
  private final int index;
  private final Path directory;
  private final Namespace around;
  private @Nullable Daemon kernel;
  private @Nullable PrintStream console;
  private @Nullable BufferedReader answers;
  private int number;

  private UserModeLinux(Bench bench, int index) {
    this.bench = bench;
    this.index = index;
    this.around = bench.topology().instances().get(index);
    this.directory = bench.directory().resolve("uml" + index);
  }

  /**
   * What its two wires lost: the taps' queues while the machine inside did not run, and its own
   * rings, in and out.
   */
  RekeyPeer.Overflows overflows() {
    Map<String, Long> unread = MachineLosses.transmitDrops(around);
    return new RekeyPeer.Overflows(
        unread.getOrDefault("tap0", 0L) + inside("vec0", "rx") + inside("vec1", "tx"),
        unread.getOrDefault("tap1", 0L) + inside("vec1", "rx") + inside("vec0", "tx"));
  }

  /** Its kernel's counters of what is refused or has no room, ESP above all. */
  String refused() {
    return run("""
    cat /proc/net/xfrm_stat 2>/dev/null | grep -vw 0; \
    grep -E '^(Ip|Udp):' /proc/net/snmp; awk '{print "softnet", $2, $3}' /proc/net/softnet_stat\
    """)
        .strip()
        .replaceAll("\\s+", " ");
  }

  /** The same of ESP alone, where the kernel keeps it. */
  String refusedEsp() {
    return run("cat /proc/net/xfrm_stat 2>/dev/null | grep -vw 0 || true")
        .strip()
        .replaceAll("\\s+", " ");
  }

  private long inside(String device, String way) {
    return Long.parseLong(
        run("cat /sys/class/net/%s/statistics/%s_dropped".formatted(device, way)).strip());
  }

  /** What is not installed, one line each. */
  static List<String> missing() {
    List<String> missing = new ArrayList<>();
    if (!Files.exists(KERNEL)) {
      missing.add(KERNEL + " (package user-mode-linux)");
    }
    if (!Files.exists(MODPROBE)) {
      missing.add(MODPROBE + " (package kmod)");
    }
    return missing;
  }

  static UserModeLinux in(Bench bench, int index) {
    return bench.add(new UserModeLinux(bench, index));
  }

  /** Where both the host and the machine inside read. */
  Path directory() {
    return directory;
  }

  @Override
  public void start() {
    Path init = directory.resolve("init");
    try {
      Files.createDirectories(directory);
      Files.writeString(init, INIT.formatted(END));
      init.toFile().setExecutable(true);
    } catch (IOException e) {
      throw new BenchException("cannot set up " + name() + ": " + e, e);
    }
    bridge(Topology.WAN, "tap0");
    bridge(Topology.VNET, "tap1");
    Daemon started =
        around.converse(
            "user-mode Linux",
            directory.resolve("kernel.log"),
            List.of(
                KERNEL.toString(),
                "mem=192M",
                "root=/dev/root",
                "rootfstype=hostfs",
                "ro",
                "init=" + init,
                "con=null",
                "con0=fd:0,fd:1",
                "quiet",
                "vec0:transport=tap,ifname=tap0,depth=256",
                "vec1:transport=tap,ifname=tap1,depth=256"));
    kernel = started;
    console = new PrintStream(started.process().getOutputStream(), true, StandardCharsets.UTF_8);
    answers = started.process().inputReader(StandardCharsets.UTF_8);
    answer("boot", BOOT.toSeconds());
    addresses();
  }

  private void bridge(String device, String tap) {
    String bridge = "br-" + device;
    around.ip("addr", "flush", "dev", device);
    around.ip("link", "add", bridge, "type", "bridge", "forward_delay", "0");
    around.ip("tuntap", "add", "dev", tap, "mode", "tap");
    for (String port : List.of(device, tap)) {
      around.ip("link", "set", port, "master", bridge);
      around.ip("link", "set", port, "up");
    }
    around.ip("link", "set", bridge, "up");
  }

  private void addresses() {
    String outside = Addresses.INSTANCES.get(index);
    String inside = Addresses.INSTANCES_INSIDE.get(index);
    for (String command :
        List.of(
            "ip link set lo up",
            "ip addr add %s peer %s dev vec0".formatted(outside, Addresses.INSTANCE_ROUTER),
            "ip addr add %s peer %s dev vec1".formatted(inside, Addresses.VNET_HOST),
            "ip link set vec0 up",
            "ip link set vec1 up",
            "ip route add default via " + Addresses.INSTANCE_ROUTER,
            "ip route add %s via %s".formatted(Addresses.VNET_PREFIX, Addresses.VNET_HOST),
            "echo 1 >/proc/sys/net/ipv4/ip_forward",
            "echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter",
            "echo 0 >/proc/sys/net/ipv4/conf/all/send_redirects")) {
      run(command);
    }
    // The fabric looks for tunnel routes in the namespace, where this machine has none to show.
    bench
        .topology()
        .vnet()
        .ip("route", "replace", Addresses.LAN_PREFIX, "via", inside, "dev", "in" + index);
  }

  /**
   * Runs a shell line inside; its output, standard error included.
   *
   * @throws BenchException when it fails
   */
  String run(String line) {
    Answer answer = tryRun(line);
    if (answer.exit != 0) {
      throw new BenchException(
          "`%s` in %s failed with exit code %d: %s"
              .formatted(line, name(), answer.exit, answer.output));
    }
    return answer.output;
  }

  record Answer(int exit, String output) {}

  Answer tryRun(String line) {
    if (console == null) {
      throw new BenchException(name() + " is not started");
    }
    number++;
    console.println(number + " " + line);
    return answer(line, ANSWER_SECONDS);
  }

  private Answer answer(String what, long seconds) {
    int expected = number;
    CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(() -> read(expected));
    try {
      return await(answer, what, seconds);
    } catch (TimeoutException e) {
      kill();
      throw new BenchException(
          "%s did not finish `%s` within %d s".formatted(name(), what, seconds), e);
    } catch (ExecutionException e) {
      throw new BenchException("%s: `%s`: %s".formatted(name(), what, e.getCause()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted in `%s`".formatted(what), e);
    }
  }

  /**
   * Of some thousand commands one or two get stuck, most of all on a busy machine: whatever the
   * command, a {@code timeout} around it inside the machine too, while packets go on flowing. An
   * empty line, which the machine takes for no command, brings the answer at once (five of five in
   * a soak of 88 rekeys). So it is the console's interrupt that user-mode Linux lost, not the
   * command: it is raised again.
   */
  private Answer await(CompletableFuture<Answer> answer, String what, long seconds)
      throws TimeoutException, ExecutionException, InterruptedException {
    for (long waited = WAKE_SECONDS; waited < seconds; waited += WAKE_SECONDS) {
      try {
        return answer.get(WAKE_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException _) {
        if (waited >= TOLD_SECONDS) {
          System.out.printf("%s: silent for %d s, woken, at `%s`%n", name(), waited, what);
        }
        if (console != null) {
          console.println();
        }
      }
    }
    return answer.get(WAKE_SECONDS, TimeUnit.SECONDS);
  }

  private Answer read(int expected) {
    StringBuilder output = new StringBuilder();
    try {
      while (true) {
        String line = answers == null ? null : answers.readLine();
        if (line == null) {
          throw new BenchException("the kernel ended: " + output + tail());
        }
        int end = line.indexOf(END);
        if (end >= 0) {
          output.append(line, 0, end);
          String[] words = line.substring(end + END.length()).strip().split(" ");
          if (Integer.parseInt(words[0]) == expected) {
            return new Answer(Integer.parseInt(words[1]), output.toString());
          }
          output.setLength(0);
          continue;
        }
        output.append(line).append('\n');
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String name() {
    return "user-mode Linux in " + around;
  }

  @Override
  public void kill() {
    if (kernel != null) {
      kernel.kill();
    }
  }

  /** The end of its input powers it off. */
  @Override
  public boolean stop(Duration limit) {
    if (kernel == null) {
      return true;
    }
    if (console != null) {
      console.close();
    }
    if (Await.until(limit, () -> !alive())) {
      return true;
    }
    kill();
    return false;
  }

  @Override
  public boolean alive() {
    return kernel != null && kernel.alive();
  }

  @Override
  public String tail() {
    return kernel == null ? "(not started)" : kernel.tail();
  }
}
