package dev.twinspan.agent.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * {@code bench datapath --vs xfrm} on a kernel that has ESP: Debian's user-mode Linux, one process,
 * whose root is this machine's, read-only. Packets go through two of its network namespaces by
 * states and policies of XFRM. Its speed means nothing (one processor, AES in plain C), so that it
 * runs is what is looked at. The short form sets up the rival and sends by it, the long one is the
 * whole command.
 */
class XfrmBenchIT {
  private static final Path KERNEL = Path.of("/usr/bin/linux.uml");
  private static final Path MODPROBE = Path.of("/sbin/modprobe");
  private static final boolean WHOLE = Boolean.getBoolean("twinspan.xfrm");

  /** On a busy machine; where nothing else runs a quarter of a minute, the long form one. */
  private static final Duration LIMIT = Duration.ofMinutes(WHOLE ? 10 : 4);

  private static final String INIT =
      """
      #!/bin/sh
      export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/run
      mount -t proc proc /proc
      mount -t sysfs sys /sys
      mount -t devtmpfs dev /dev
      mount -t tmpfs tmp /run
      mkdir -p /run/modules/lib
      ln -s /usr/lib/uml/modules /run/modules/lib/modules
      # What the kernel asks for itself, ciphers above all, is in no usual place either.
      printf '#!/bin/sh\\nexec /sbin/modprobe -d /run/modules "$@"\\n' >/run/modprobe
      chmod +x /run/modprobe
      echo /run/modprobe >/proc/sys/kernel/modprobe
      for module in xfrm_user esp4 veth tun; do
        /run/modprobe $module
      done
      ip link set lo up
      %s
      echo o >/proc/sysrq-trigger
      read -r forever
      """;

  @Test
  void shouldCompareWithTheKernelsOwnEsp(@TempDir Path directory) throws Exception {
    assumeTrue(Files.exists(KERNEL), "not installed: user-mode-linux");
    assumeTrue(Files.exists(MODPROBE), "not installed: kmod");

    JsonNode found = runInside(directory);

    assertThat(found.get("not-measured").size()).as("%s", found).isZero();
    JsonNode rows = found.get("versus");
    // Each with one flow and with eight.
    assertThat(rows.size()).as("%s", found).isEqualTo(WHOLE ? 4 : 2);
    for (JsonNode row : rows) {
      assertThat(row.get("rounds").intValue()).as("%s", row).isEqualTo(1);
    }
    assertThat(rows.get(rows.size() - 1).get("name").stringValue()).isEqualTo("xfrm");
    assertThat(rows.get(rows.size() - 1).get("version").stringValue()).startsWith("Linux ");
  }

  /** One boot; the machine powers itself off behind the command. */
  private static JsonNode runInside(Path directory) throws Exception {
    Path init = directory.resolve("init");
    Path log = directory.resolve("kernel.log");
    Files.writeString(init, INIT.formatted(command()));
    init.toFile().setExecutable(true);
    try (Sandbox sandbox = Sandbox.open()) {
      Namespace around = sandbox.namespace("uml");
      Daemon kernel =
          around.converse(
              "user-mode Linux",
              log,
              List.of(
                  KERNEL.toString(),
                  "mem=640M",
                  "root=/dev/root",
                  "rootfstype=hostfs",
                  "ro",
                  "init=" + init,
                  "con=null",
                  "con0=fd:0,fd:1",
                  "quiet"));
      StringBuilder output = new StringBuilder();
      Thread reader =
          Thread.ofVirtual()
              .start(
                  () ->
                      kernel
                          .process()
                          .inputReader()
                          .lines()
                          .forEach(line -> output.append(line).append('\n')));
      boolean ended = kernel.process().waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
      if (ended) {
        reader.join();
      }
      assertThat(ended).as("ended within %s:%n%s", LIMIT, tail(log)).isTrue();
      String told = output.toString();
      return Json.parse(
          told.lines()
              .filter(line -> line.contains(XfrmTrial.FOUND))
              .map(line -> line.substring(line.indexOf(XfrmTrial.FOUND)))
              .map(line -> line.substring(XfrmTrial.FOUND.length()))
              .findFirst()
              .orElseThrow(() -> new AssertionError("nothing found:\n" + told)));
    }
  }

  /** Only C1: one processor compiles as long as it measures. */
  private static String command() {
    return String.join(
        " ",
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xshare:auto -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xmx192m",
        "-Djava.io.tmpdir=/run --enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow -cp '%s'"
            .formatted(System.getProperty("java.class.path")),
        XfrmTrial.class.getName(),
        WHOLE ? "datapath --seconds 2 --rounds 1 --vs xfrm --json" : "",
        "2>&1");
  }

  private static String tail(Path log) throws IOException {
    return Files.exists(log) ? Files.readString(log) : "";
  }
}
