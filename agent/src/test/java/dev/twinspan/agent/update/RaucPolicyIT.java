package dev.twinspan.agent.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Exec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who may have RAUC mark a slot: Debian's RAUC on a message bus with the rules of its own package,
 * by which everybody may, and then with the image's behind them, by which root and the agent's user
 * may. An agent's user is not on every machine: {@code daemon} is in its place.
 */
class RaucPolicyIT {
  private static final Path OURS =
      Path.of("../image/rootfs/etc/dbus-1/system.d/twinspan-rauc.conf");
  private static final String AGENT = "daemon";
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** As system.conf of dbus-daemon has it, and then as rauc-service's file. */
  private static final String BUS =
      """
      <busconfig>
        <type>system</type>
        <listen>unix:path=%1$s/bus</listen>
        <auth>EXTERNAL</auth>
        <policy context="default">
          <allow user="*"/>
          <deny own="*"/>
          <deny send_type="method_call"/>
          <allow send_type="signal"/>
          <allow send_requested_reply="true" send_type="method_return"/>
          <allow send_requested_reply="true" send_type="error"/>
          <allow receive_type="method_call"/>
          <allow receive_type="method_return"/>
          <allow receive_type="error"/>
          <allow receive_type="signal"/>
          <allow send_destination="org.freedesktop.DBus"/>
        </policy>
        <policy context="default"><allow send_destination="de.pengutronix.rauc"/></policy>
        <policy user="root"><allow own="de.pengutronix.rauc"/></policy>
        <include ignore_missing="yes">%1$s/ours.conf</include>
      </busconfig>
      """;

  private static final String RAUC =
      """
      [system]
      compatible=twinspan-bench
      bootloader=noop
      bundle-formats=plain
      data-directory=%1$s
      [keyring]
      path=%1$s/keyring.pem
      [slot.rootfs.0]
      device=%1$s/a
      type=raw
      bootname=A
      [slot.rootfs.1]
      device=%1$s/b
      type=raw
      bootname=B
      """;

  @TempDir Path folder;
  private final List<Process> processes = new ArrayList<>();

  @BeforeEach
  void begin() {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/rauc"))
            && Files.isExecutable(Path.of("/usr/bin/dbus-send")),
        "missing: packages rauc, dbus");
    assumeTrue(Exec.run("id", "-u").out().strip().equals("0"), "needs root, to be others");
  }

  @AfterEach
  void end() {
    for (Process process : processes.reversed()) {
      process.destroy();
      process.onExit().orTimeout(10, TimeUnit.SECONDS).exceptionally(_ -> null).join();
      process.destroyForcibly();
    }
  }

  @Test
  void shouldObeyRootAndTheAgentAlone() throws IOException {
    Files.writeString(
        folder.resolve("ours.conf"),
        Files.readString(OURS).replace("user=\"twinspan\"", "user=\"" + AGENT + "\""));
    start();
    assertObeys("root");
    assertObeys(AGENT);
    for (String user : List.of("nobody", "www-data", "mail")) {
      Exec.Result told = mark(user);
      assertThat(told.ok()).as("%s: %s", user, told).isFalse();
      assertThat(told.err()).contains("org.freedesktop.DBus.Error.AccessDenied");
    }
  }

  /** What the image's file is for. */
  @Test
  void shouldObeyEverybodyByItsPackageAlone() throws IOException {
    start();
    assertObeys("nobody");
  }

  private void assertObeys(String user) {
    assertThat(mark(user).orThrow().out()).contains("marked slot rootfs.0 as good");
  }

  private Exec.Result mark(String user) {
    return Exec.run(
        "setpriv",
        "--reuid=" + user,
        "--regid=nogroup",
        "--clear-groups",
        "dbus-send",
        "--bus=" + address(),
        "--print-reply",
        "--dest=de.pengutronix.rauc",
        "/",
        "de.pengutronix.rauc.Installer.Mark",
        "string:good",
        "string:booted");
  }

  private String address() {
    return "unix:path=" + folder + "/bus";
  }

  private void start() throws IOException {
    // Others come to the bus as well.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    Files.writeString(folder.resolve("bus.conf"), BUS.formatted(folder));
    Files.writeString(folder.resolve("system.conf"), RAUC.formatted(folder));
    for (String slot : List.of("a", "b", "keyring.pem")) {
      Files.createFile(folder.resolve(slot));
    }
    run("dbus-daemon", "--config-file=" + folder.resolve("bus.conf"), "--nofork");
    Await.orThrow(LIMIT, () -> Files.exists(folder.resolve("bus")), "the bus", this::log);
    run("rauc", "--conf=" + folder.resolve("system.conf"), "--override-boot-slot=A", "service");
    Await.orThrow(LIMIT, () -> mark("root").ok(), "RAUC's service", this::log);
  }

  private void run(String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("DBUS_SYSTEM_BUS_ADDRESS", address());
    builder.environment().remove("DBUS_STARTER_BUS_TYPE");
    Path log = folder.resolve("log");
    processes.add(
        builder
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start());
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
