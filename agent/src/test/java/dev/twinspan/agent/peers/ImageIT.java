package dev.twinspan.agent.peers;

import static dev.twinspan.agent.peers.ImageStage.BOOT;
import static dev.twinspan.agent.peers.ImageStage.UP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import dev.twinspan.ffi.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.naming.Context;
import javax.naming.NamingException;
import javax.naming.directory.DirContext;
import javax.naming.directory.InitialDirContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * An image as it is flashed, booted by an emulator in the appliance's place: without a
 * configuration it tells its LAN how to get one, what is wrong with one it tells as well, and with
 * a right one on its boot partition it brings up both tunnels and BGP to Azure's instances
 * (strongSwan and FRR), carries the LAN's traffic, and moves it when an instance dies. Towards the
 * internet nothing but IKE is open. Who listens in it, where anything can be written, and how
 * exposed its services are, is held by {@code image/held}. {@code image/try} runs it.
 */
@EnabledIfSystemProperty(named = "twinspan.image", matches = ".+")
class ImageIT {
  private static final Duration MOVES = Duration.ofMinutes(2);
  private static final int FLOWS = 8;

  /** Of the file that is fetched: an emulated box encrypts some kilobytes in a second. */
  private static final int FILE_BYTES = 256 << 10;

  /** That no server on the internet knows, and its address. */
  private static final String NAME = "db.privatelink.example";

  private static final String NAMED = "10.10.0.99";
  private static final List<Integer> LAN_PORTS = List.of(22, 53, 80, 8080);
  private static final Path HELD = Path.of("../image/held");

  /** What this image could have listening; the list of what has is made inside of it. */
  private static final List<Integer> TRIED =
      List.of(22, 53, 80, 123, 179, 323, 500, 4500, 5353, 5355, 8080, 9469);

  private static final Pattern EXPOSURE = Pattern.compile("exposure level .*: (\\d+\\.\\d)");

  /** Protocol, address and port, and whose: that is all of a line but its queues. */
  private static final String LISTENERS =
      """
      ss -Hlntup | awk '{ match($0, /\\(\\("[^"]*"/); print $1, $5, substr($0, RSTART + 3, RLENGTH - 4) }' \
        | LC_ALL=C sort -u
      """;

  /** What is mounted to be written, and folders in it where anybody may; by more than one name. */
  private static final String WRITABLE =
      """
      findmnt -rno TARGET,FSTYPE,OPTIONS -t ext4,vfat,tmpfs,ramfs,squashfs,overlay,devtmpfs \
        | awk '$3 ~ /^rw/ { o = ""; n = split($3, all, ",")
            for (i = 1; i <= n; i++) if (all[i] ~ /^no(suid|dev|exec)$/) o = o " " all[i]
            print $1, $2 o }' | LC_ALL=C sort
      find / -xdev -type d -perm -0002 -printf 'anybody %p %m\\n' 2>/dev/null | LC_ALL=C sort
      find /run /tmp /var /data /efi /dev/shm /root -type d -perm -0002 -printf 'anybody %p %m\\n' \
        | sed -E 's/systemd-private-[^/ ]*/systemd-private/' | LC_ALL=C sort -u
      """;

  @TempDir Path directory;
  private ImageStage image;

  @Test
  void shouldBeABranchOfficeOnceItIsConfigured() throws IOException {
    try (ImageStage set = ImageStage.set(directory)) {
      image = set;
      GuestBox box = image.box();
      image.configure("", Map.of());
      box.start();
      image.tell(
          "boots: port 80 of the LAN has its state, "
              + image.awaitSome(BOOT, "the box's state on the LAN", image::running));
      image.await(UP, "both tunnels and BGP through each", image::both);
      image.tell(
          "both tunnels are up, BGP through each: "
              + image.awaitSome(BOOT, "a status", image::bgp));
      shouldHavePassedItsSelfTest();
      Hosts hosts = image.gateway().stage().bench().hosts();
      shouldCarryPings();
      shouldAskTheVnetForNames();
      hosts.udp(FLOWS, 10, 256);
      awaitAlive(hosts, UP);
      var file = hosts.lan().file(Addresses.VNET_HOST, false, 1, FILE_BYTES);
      assertThat(file.intact()).isTrue();
      image.tell(FLOWS + " UDP flows through the box; a file over TCP, checksum right");

      shouldBeClosed();
      failsOver(hosts);
      comesBackFromAPowerCut();
      shouldHoldWhatRunsInIt();
    }
  }

  /** By the instructions that the board has, not by what every processor can. */
  private void shouldHavePassedItsSelfTest() {
    var esp = image.awaitSome(BOOT, "a status", image.box()::status).cryptoBackend();
    assertThat(esp.name()).isEqualTo(image.box().board().backEnd());
    assertThat(esp.reason()).contains("self-test passed");
    image.tell("ESP by %s: %s".formatted(esp.title(), esp.reason()));
  }

  /** None is lost; the first may wait for an address to be found. */
  private void shouldCarryPings() {
    Exec.Result ping =
        image
            .gateway()
            .stage()
            .bench()
            .topology()
            .lan()
            .run("", List.of("ping", "-c", "4", "-W", "10", Addresses.VNET_HOST))
            .orThrow();
    assertThat(ping.out()).contains(" 0% packet loss");
    image.tell("pings through: " + line(ping.out(), "packets transmitted"));
  }

  /**
   * A host of the LAN asks the box, and that asks the VNet's server (dnsmasq) through a tunnel,
   * from where Azure routes back to.
   */
  private void shouldAskTheVnetForNames() {
    var topology = image.gateway().stage().bench().topology();
    Daemon server =
        topology
            .vnet()
            .start(
                "dnsmasq",
                directory.resolve("dnsmasq.log"),
                Map.of(),
                List.of(
                    "dnsmasq",
                    "--keep-in-foreground",
                    "--conf-file=/dev/null",
                    "--pid-file=",
                    "--user=root",
                    "--no-resolv",
                    "--no-hosts",
                    "--bind-interfaces",
                    "--listen-address=" + Addresses.VNET_HOST,
                    "--log-queries",
                    "--log-facility=-",
                    "--host-record=%s,%s".formatted(NAME, NAMED)));
    image.await(UP, NAME + " to be " + NAMED, () -> resolved(topology.lan()).contains(NAMED));
    assertThat(server.tail()).contains("query[A] %s from %s".formatted(NAME, Addresses.LAN_ROUTER));
    image.tell("%s is %s: asked of the VNet's server through a tunnel".formatted(NAME, NAMED));
    assertThat(server.terminate(BOOT)).isTrue();
  }

  /** What the box says of the name; nothing while it says nothing. */
  private static String resolved(Namespace host) {
    var environment = new Hashtable<String, String>();
    environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
    environment.put(Context.PROVIDER_URL, "dns://" + Addresses.LAN_ROUTER);
    try (NetworkNamespace lan =
        NetworkNamespace.open(Path.of("/proc", Long.toString(host.pid()), "ns/net"))) {
      return lan.call(
          () -> {
            try {
              DirContext dns = new InitialDirContext(environment);
              String told = dns.getAttributes(NAME, new String[] {"A"}).toString();
              dns.close();
              return told;
            } catch (NamingException _) {
              return "";
            }
          });
    }
  }

  /** Each is tried from there; UDP's are seen inside. */
  private void shouldBeClosed() {
    var topology = image.gateway().stage().bench().topology();
    assertThat(open(topology.inet(), Addresses.APPLIANCE)).isEmpty();
    assertThat(open(topology.lan(), Addresses.LAN_ROUTER)).isEqualTo(LAN_PORTS);
    image.tell("no TCP port is open towards the internet, %s towards the LAN".formatted(LAN_PORTS));
  }

  /** Who listens, what may be written, how exposed our services are; and what the start took. */
  private void shouldHoldWhatRunsInIt() throws IOException {
    GuestBox box = image.box();
    hold("listeners", box.run(LISTENERS, "").orThrow().out());
    hold("writable", box.run(WRITABLE, "").orThrow().out());
    assertThat(box.run("systemctl list-units --failed --plain --no-legend", "").orThrow().out())
        .isBlank();
    image.tell("listeners and writable paths are those of image/held");
    image.tell("exposure, of 10: " + exposures());
    shouldLetNobodyElseUpdateIt();
    image.tell(
        "its start, emulated:\n"
            + box.run(
                    "systemd-analyze; systemd-analyze blame | head -12; free -m; ps -C java -o rss",
                    "")
                .out());
  }

  /** Each service of ours, as the box's own systemd sees it: no more than {@code exposure} has. */
  private String exposures() throws IOException {
    List<String> seen = new ArrayList<>();
    for (String line : Files.readAllLines(HELD.resolve("exposure"))) {
      String unit = line.substring(0, line.indexOf(' ')).replace("@", "@x");
      String told =
          image
              .box()
              .run("systemd-analyze security --no-pager " + unit + " | tail -1", "")
              .orThrow()
              .out();
      Matcher exposure = EXPOSURE.matcher(told);
      assertThat(exposure.find()).as(told).isTrue();
      assertThat(Double.parseDouble(exposure.group(1)))
          .as("image/held/exposure: %s", unit)
          .isLessThanOrEqualTo(Double.parseDouble(line.substring(line.indexOf(' ') + 1)));
      seen.add(unit + " " + exposure.group(1));
    }
    return String.join(", ", seen);
  }

  /** RAUC does what root and the agent want, and what no other service does. */
  private void shouldLetNobodyElseUpdateIt() {
    for (String user : List.of("root", "twinspan")) {
      assertThat(mark(user).orThrow().out()).contains("marked slot rootfs.0 as good");
    }
    List<String> others = List.of("_chrony", "systemd-network", "nobody");
    for (String user : others) {
      Exec.Result told = mark(user);
      assertThat(told.ok()).as("%s: %s", user, told).isFalse();
      assertThat(told.err()).containsAnyOf("Access denied", "Rejected send message");
    }
    image.tell("RAUC obeys root and the agent's user, and refuses " + String.join(", ", others));
  }

  /** As the agent does it, by a user's hand; of a slot that is good. */
  private Exec.Result mark(String user) {
    return image
        .box()
        .run(
            ("setpriv --reuid=%s --regid=nogroup --clear-groups busctl call de.pengutronix.rauc /"
                    + " de.pengutronix.rauc.Installer Mark ss good booted")
                .formatted(user),
            "");
  }

  /** As the file has it; another list is a change that is meant, or a fault. */
  private void hold(String name, String seen) throws IOException {
    assertThat(seen)
        .as("image/held/%s: change what brings the difference, or the list if it is meant", name)
        .isEqualTo(Files.readString(HELD.resolve(name)));
  }

  private void failsOver(Hosts hosts) throws IOException {
    hosts.mark();
    image.gateway().kill(0);
    awaitAlive(hosts, MOVES);
    image.tell(
        "in0 killed: all flows alive again, the longest silence %.1f s".formatted(longest(hosts)));
    image.gateway().restore(0);
    image.await(UP, "both tunnels again", image::both);
    image.tell("in0 restored: both tunnels are up again");
  }

  private void comesBackFromAPowerCut() {
    GuestBox box = image.box();
    box.cut();
    assertThat(box.bootFile("twinspan-taken.txt")).isPresent();
    assertThat(box.bootFile("twinspan/secrets/hub-weu.psk")).isEmpty();
    long cut = image.seconds();
    box.start();
    image.await(UP, "both tunnels after a power cut", image::both);
    image.tell(
        "power cut: both tunnels are up again after %d s; its key is on the data partition alone"
            .formatted(image.seconds() - cut));
  }

  @Test
  void shouldSayWhatIsMissingAndWhatIsWrong() throws IOException {
    try (ImageStage set = ImageStage.set(directory)) {
      image = set;
      GuestBox box = image.box();
      box.start();
      image.await(
          BOOT,
          "how to get a configuration, on the LAN",
          () -> box.page().filter(t -> t.contains("This box has no configuration")).isPresent());
      image.tell("without a configuration its page on the LAN tells how to get one");
      box.cut();
      image.misconfigure("polici");
      box.start();
      String page =
          image.awaitSome(
              UP,
              "what is wrong with the configuration, on the LAN",
              () -> box.page().filter(t -> t.contains("polici")));
      image.tell("a wrong configuration is refused: " + line(page, "polici"));
      box.cut();
      assertThat(box.bootFile("twinspan-errors.txt"))
          .hasValueSatisfying(t -> assertThat(t).contains("polici"));
    }
  }

  private void awaitAlive(Hosts hosts, Duration limit) {
    image.await(limit, "all flows to get through", () -> Scenario.alive(hosts) == FLOWS);
  }

  private static double longest(Hosts hosts) {
    return hosts.lan().flows().stream().mapToLong(FlowReport::longestGapNanos).max().orElseThrow()
        / 1e9;
  }

  /** Of {@link #TRIED} those that take a TCP connection. */
  private static List<Integer> open(Namespace from, String address) {
    return TRIED.stream()
        .filter(
            port ->
                from.run(
                        "",
                        List.of(
                            "timeout",
                            "5",
                            "bash",
                            "-c",
                            "exec 3<>/dev/tcp/%s/%d".formatted(address, port)))
                    .ok())
        .toList();
  }

  private static String line(String text, String word) {
    return text.lines().filter(l -> l.contains(word)).findFirst().orElseThrow();
  }
}
