package dev.twinspan.agent.fleet;

import static dev.twinspan.agent.fleet.FleetStage.DEVICE;
import static dev.twinspan.agent.fleet.FleetStage.LIMIT;
import static dev.twinspan.agent.fleet.FleetStage.seen;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.fleet.FleetStage.Seen;
import dev.twinspan.agent.rehearse.SelfCommand;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.update.BundleServer;
import dev.twinspan.agent.update.RaucStage;
import dev.twinspan.ffi.linux.NetworkNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A box with two tunnels to strongSwan is updated as a whole: a controller orders it over stock
 * mosquitto, the bundle comes by HTTPS, Debian's RAUC writes it to a loop device, the box starts
 * anew, and tells the fleet each phase until the slot is confirmed. Then somebody at the box names
 * a URL; that image's tunnels do not come up, the fleet is told why the box went back, and the old
 * image has its own configuration again.
 */
class FleetUpdateIT {
  @TempDir private Path folder;
  private Path heard;
  private FleetStage fleet;
  private RaucStage rauc;
  private BundleServer server;
  private int life;

  @Test
  void shouldUpdateTheWholeBoxAndTellEachPhase() throws Exception {
    assumeTrue(RaucStage.installed(), "missing: packages rauc, squashfs-tools, dbus; loop devices");
    assumeTrue(Exec.run("id", "-u").out().strip().equals("0"), "needs root, for loop devices");
    heard = folder.resolve("heard");
    try (FleetStage set = FleetStage.set(folder, Stage.Peer.STRONGSWAN);
        RaucStage slots = new RaucStage(Files.createDirectory(folder.resolve("rauc")), "A")) {
      fleet = set;
      rauc = slots;
      fleet.configure("allow-reboot: true, ");
      fleet.broker();
      fleet.controller(heard);
      Stage stage = fleet.stage();
      stage.appliance().environment(surroundings(120));
      stage.start();
      stage.awaitBothUp(LIMIT);
      try (BundleServer running = serverInTheBoxsNetwork()) {
        server = running;
        shouldConfirmWhatTheFleetOrders();
        shouldGoBackAndTellTheFleetWhy();
      }
    }
  }

  private void shouldConfirmWhatTheFleetOrders() throws Exception {
    serve(rauc.good("6", 6));
    server.breaks.set(1);
    String told =
        fleet.terminal(
            "controller",
            "run",
            "update",
            DEVICE,
            "--yes",
            "--url",
            server.url(),
            "--sha256",
            server.digest,
            "--size",
            Integer.toString(server.content.length));
    assertThat(told).contains(DEVICE + ": accepted", DEVICE + ": done", "version 6 is in slot B");
    assertThat(server.asked).hasSize(2).last().asString().startsWith("bytes=");
    assertThat(rauc.content("B")).isEqualTo(RaucStage.image(6));
    startAnew("B", 120);
    Seen confirmed = ota("confirmed");
    assertThat(confirmed.payload().at("/job/version").asString()).isEqualTo("6");
    assertThat(rauc.state("B")).isEqualTo("good");
    // What is over before the link looks again is not told: verifying and installing, here.
    assertThat(states())
        .containsSubsequence("idle", "downloading", "installed", "trial", "confirmed");
  }

  private void shouldGoBackAndTellTheFleetWhy() throws Exception {
    serve(rauc.good("7", 7));
    Exec.Result installed = install();
    assertThat(installed.exit()).as(installed.err()).isZero();
    assertThat(installed.out()).contains("version 7 is in slot A: start the box anew");
    assertThat(reboots()).as("left to who asked").hasSize(1);
    fleet.stage().instance(0).kill();
    fleet.stage().instance(1).kill();
    // By hand: nothing but the box's start is waited for.
    restart("A", 3);
    Path config = fleet.stage().appliance().configFile();
    ota("rolling-back");
    // What the box itself finds at its next start, and not what it was started with at first.
    fleet.stage().appliance().rewrite(yaml -> yaml + "# changed under 7\n");
    startAnew("B", 3);
    Seen back = ota("rolled-back");
    assertThat(back.payload().path("reason").asString()).isEqualTo("not_as_before");
    assertThat(back.payload().path("sentence").asString()).contains("no tunnel is up");
    assertThat(rauc.state("A")).isEqualTo("bad");
    assertThat(config).content().doesNotContain("changed under 7");
    assertThat(Path.of(config + ".taken-back")).content().contains("changed under 7");
    assertThat(fleet.stage().status().orElseThrow().warnings())
        .anyMatch(warning -> warning.contains("version 6 runs again after 7 was tried"));
  }

  // --- the box ----------------------------------------------------------------------------------

  /** Of the next life, whose slot has so long to be as before. */
  private Map<String, String> surroundings(int seconds) throws Exception {
    life++;
    String version = List.of("5", "6", "7", "6").get(life - 1);
    Path release =
        Files.writeString(folder.resolve("os-release"), "IMAGE_VERSION=" + version + "\n");
    Path programs = Files.createDirectories(folder.resolve("programs"));
    Path reboot = script(programs.resolve("start-anew"), "exec touch %s/reboot.%d", folder, life);
    // It hands unsquashfs /proc/PID/fd/N; the bench has process numbers of its own under another
    // /proc.
    script(
        programs.resolve("rauc"),
        "exec unshare --mount sh -c 'mount -t proc proc /proc && exec /usr/bin/rauc \"$@\"' rauc"
            + " \"$@\"");
    Map<String, String> environment = new HashMap<>(rauc.environment());
    environment.put("STATE_DIRECTORY", fleet.stateDirectory().toString());
    environment.put("PATH", programs + ":" + System.getenv("PATH"));
    environment.put(
        "JAVA_TOOL_OPTIONS",
        "-Dtwinspan.update.rauc-config=%s -Dtwinspan.update.os-release=%s -Dtwinspan.update.reboot=%s -Dtwinspan.update.steady-seconds=1 -Dtwinspan.update.limit-seconds=%d"
            .formatted(rauc.config, release, reboot, seconds));
    return environment;
  }

  private static Path script(Path file, String line, Object... values) throws Exception {
    Files.writeString(file, "#!/bin/sh\n" + line.formatted(values) + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private List<Path> reboots() throws Exception {
    try (var files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().startsWith("reboot.")).toList();
    }
  }

  /** As the box has asked for. */
  private void startAnew(String slot, int seconds) throws Exception {
    Path asked = folder.resolve("reboot." + life);
    Await.orThrow(LIMIT, () -> Files.exists(asked), "the box being started anew", () -> tail());
    restart(slot, seconds);
  }

  /** The power goes, and the boot loader takes that slot. */
  private void restart(String slot, int seconds) throws Exception {
    fleet.stage().appliance().kill();
    Files.writeString(rauc.folder.resolve("state." + slot), "bad"); // while it tries
    rauc.boot(slot);
    fleet.stage().appliance().environment(surroundings(seconds));
    fleet.stage().appliance().start();
  }

  private BundleServer serverInTheBoxsNetwork() throws Exception {
    try (NetworkNamespace network =
        NetworkNamespace.open(Path.of("/proc", Long.toString(fleet.box().pid()), "ns/net"))) {
      return network.call(
          () ->
              new BundleServer(
                  folder,
                  folder.resolve("broker.pem"),
                  folder.resolve("broker.key"),
                  folder.resolve("ca.pem")));
    }
  }

  private void serve(Path bundle) throws Exception {
    server.content = Files.readAllBytes(bundle);
    server.digest =
        HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(server.content));
  }

  /** {@code twinspan update install URL}, on the box. */
  private Exec.Result install() {
    List<String> command = new ArrayList<>(SelfCommand.of("update", "install", server.url()));
    command.addAll(List.of("--socket", fleet.stage().appliance().statusSocket().toString()));
    return fleet.box().run("", command);
  }

  private Seen ota(String state) {
    return fleet.await(heard, "ota", "ota " + state, seen -> seen.state().equals(state));
  }

  private List<String> states() {
    return seen(heard, "ota").stream().map(Seen::state).toList();
  }

  private String tail() {
    return states() + fleet.stage().appliance().tail();
  }
}
