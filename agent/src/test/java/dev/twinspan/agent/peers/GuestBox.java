package dev.twinspan.agent.peers;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Topology;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.StatusReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * A whole image as the branch's box: QEMU in the appliance's namespace, whose two wires are joined
 * to the guest's network cards. It is told what to be by its boot partition, and asked from the
 * LAN. For one thread at a time.
 */
final class GuestBox implements AutoCloseable {
  private static final Duration END = Duration.ofSeconds(20);
  private static final String LAN_ADDRESS = Addresses.LAN_ROUTER;

  /** By which enrolment files know it. */
  static final String WAN_PORT = "52:54:00:00:00:01";

  /** Where the boot partition begins, as genimage lays it. */
  private static final String BOOT_OFFSET = "@@1M";

  /**
   * For programs that are emulated on a busy machine: no watchdog that takes the agent for dead, no
   * end to its start, and no optimizing compiler that takes the time from it. What is flashed stays
   * as it is.
   */
  private static final Map<String, String> EMULATED =
      Map.of(
          "twinspan.service",
          """
          [Service]
          WatchdogSec=300
          TimeoutStartSec=1800
          Environment=TWINSPAN_JAVA_OPTIONS=-XX:TieredStopAtLevel=1
          """,
          "twinspan-import.service",
          """
          [Service]
          TimeoutStartSec=1800
          """);

  private final GuestMachine board = GuestMachine.ofProperty();
  private final Namespace machine;
  private final Namespace lan;
  private final Path directory;
  private final Path disk;
  private final GuestSticks sticks;
  private Daemon qemu;

  private GuestBox(Topology topology, Path directory, Path disk) {
    this.machine = topology.cpe();
    this.lan = topology.lan();
    this.directory = directory;
    this.disk = disk;
    this.sticks = new GuestSticks(directory);
  }

  /**
   * @param image a disk as image/build makes it, unpacked; a copy is booted
   */
  static GuestBox of(Topology topology, Path directory, Path image) throws IOException {
    Path disk = directory.resolve("disk.img");
    Exec.run("cp", "--sparse=always", image.toString(), disk.toString()).orThrow();
    GuestBox box = new GuestBox(topology, directory, disk);
    Files.copy(box.board.variables(), directory.resolve("variables.fd"));
    box.join(Topology.WAN);
    box.join("lan");
    return box;
  }

  /** The machine's own end of the wire becomes the guest's. */
  private void join(String wire) {
    machine.ip("address", "flush", "dev", wire);
    machine.ip("link", "add", "br-" + wire, "type", "bridge");
    machine.ip("link", "set", wire, "master", "br-" + wire);
    machine.ip("tuntap", "add", "tap-" + wire, "mode", "tap");
    machine.ip("link", "set", "tap-" + wire, "master", "br-" + wire);
    machine.ip("link", "set", "tap-" + wire, "up");
    machine.ip("link", "set", "br-" + wire, "up");
  }

  /**
   * Puts files on the boot partition, as a person would; before the start.
   *
   * @param files by name below the folder {@code twinspan}, one folder deep at most
   */
  void provision(Map<String, String> files) throws IOException {
    Path folder = written(files, "provision/twinspan");
    Exec.run("mcopy", "-s", "-i", disk + BOOT_OFFSET, folder.toString(), "::").orThrow();
  }

  /** Files in a new folder of the guest's, none on a disk of it yet. */
  Path written(Map<String, String> files, String name) throws IOException {
    Path folder = Files.createDirectories(directory.resolve(name));
    for (var file : files.entrySet()) {
      Path path = folder.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.writeString(path, file.getValue());
    }
    return folder;
  }

  /** What is plugged into it. */
  GuestSticks sticks() {
    return sticks;
  }

  /** In place of what is plugged in, now or from the start on. */
  void plug(Path content) throws IOException {
    sticks.plug(content, alive());
  }

  void pull() {
    sticks.pull(alive());
  }

  /** As if the image had been written to a larger disk. */
  void enlarge(long mib) {
    Exec.run("truncate", "-s", mib + "M", disk.toString()).orThrow();
  }

  /** A file of the boot partition; empty when it is not there. For a guest that is off. */
  Optional<String> bootFile(String name) {
    Exec.Result result = Exec.run("mtype", "-i", disk + BOOT_OFFSET, "::" + name);
    return result.ok() ? Optional.of(result.out()) : Optional.empty();
  }

  void start() {
    // Where KVM works, -Dtwinspan.image.accel=kvm.
    List<String> command =
        new ArrayList<>(board.command(System.getProperty("twinspan.image.accel", "tcg")));
    command.addAll(List.of("-smp", "2", "-m", "1024", "-nodefaults", "-display", "none"));
    command.addAll(List.of("-serial", "file:" + console()));
    command.addAll(
        List.of("-drive", "if=pflash,format=raw,unit=0,readonly=on,file=" + board.code()));
    command.addAll(
        List.of("-drive", "if=pflash,format=raw,unit=1,file=" + directory.resolve("variables.fd")));
    command.addAll(List.of("-drive", "if=none,id=disk,format=raw,discard=unmap,file=" + disk));
    command.addAll(List.of("-device", "virtio-blk-pci,drive=disk,bootindex=1,addr=0x5"));
    command.addAll(List.of("-device", "virtio-rng-pci,addr=0x6"));
    command.addAll(sticks.options());
    command.addAll(board.watchdog());
    // systemd.system-credentials(7): what the machine that runs a guest tells it by its firmware.
    EMULATED.forEach(
        (unit, dropIn) ->
            command.addAll(
                List.of(
                    "-smbios",
                    "type=11,value=io.systemd.credential.binary:systemd.unit-dropin.%s~zz-emulated=%s"
                        .formatted(
                            unit,
                            Base64.getEncoder()
                                .encodeToString(dropIn.getBytes(StandardCharsets.UTF_8))))));
    // Where boards/qemu-*.toml have the ports.
    command.addAll(card(Topology.WAN, "0x3", WAN_PORT));
    command.addAll(card("lan", "0x4", "52:54:00:00:00:02"));
    qemu = machine.start("qemu", directory.resolve("qemu.log"), Map.of(), command);
  }

  private static List<String> card(String wire, String slot, String address) {
    return List.of(
        "-netdev",
        "tap,id=%s,ifname=tap-%s,script=no,downscript=no".formatted(wire, wire),
        "-device",
        // Not started from the network: no ROM, which comes with a package of its own.
        "virtio-net-pci,netdev=%s,addr=%s,mac=%s,romfile=".formatted(wire, slot, address));
  }

  GuestMachine board() {
    return board;
  }

  /** A key for SSH from the LAN, made once for this guest; for {@code authorized_keys}. */
  String makeKey() throws IOException {
    if (Files.notExists(key())) {
      Exec.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key().toString()).orThrow();
    }
    return Files.readString(directory.resolve("key.pub"));
  }

  private Path key() {
    return directory.resolve("key");
  }

  /** Runs a shell's line in the guest, by SSH from the LAN; needs {@link #makeKey}'s key there. */
  Exec.Result run(String line, String input) {
    return lan.run(
        input,
        List.of(
            "ssh",
            "-i",
            key().toString(),
            "-o",
            "BatchMode=yes",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
            "-o",
            "ConnectTimeout=30",
            "root@" + LAN_ADDRESS,
            line));
  }

  /** Of one partition, as the disk has it now. */
  String digest(String partition) {
    Extent extent = extent(partition);
    return Exec.run(
            "bash",
            "-euo",
            "pipefail",
            "-c",
            "dd if=\"$0\" bs=1M iflag=skip_bytes,count_bytes skip=\"$1\" count=\"$2\""
                + " status=none | sha256sum",
            disk.toString(),
            Long.toString(extent.begin()),
            Long.toString(extent.size()))
        .orThrow()
        .out();
  }

  /** Another content for a partition, as if the disk had been made with it; for one that is off. */
  void write(String partition, Path content) throws IOException {
    Extent extent = extent(partition);
    if (Files.size(content) > extent.size()) {
      throw new BenchException(content + " is larger than " + partition);
    }
    Exec.run(
            "dd",
            "if=" + content,
            "of=" + disk,
            "bs=1M",
            "oflag=seek_bytes",
            "seek=" + extent.begin(),
            "conv=notrunc",
            "status=none")
        .orThrow();
  }

  /** In bytes. */
  private record Extent(long begin, long size) {}

  private Extent extent(String partition) {
    JsonNode table = json(Exec.run("sfdisk", "--json", disk.toString()).orThrow().out());
    table = table.path("partitiontable");
    long sector = table.path("sectorsize").asLong(512);
    for (JsonNode entry : table.path("partitions")) {
      if (entry.path("name").asString("").equals(partition)) {
        return new Extent(
            entry.path("start").asLong() * sector, entry.path("size").asLong() * sector);
      }
    }
    throw new BenchException(disk + " has no partition " + partition);
  }

  boolean alive() {
    return qemu != null && qemu.alive();
  }

  /** The power goes. */
  void cut() {
    qemu.kill();
  }

  Path console() {
    return directory.resolve("console.log");
  }

  /** The end of what it wrote on its console, and QEMU's own words. */
  String tail() {
    try {
      String text =
          Files.exists(console()) ? Files.readString(console(), StandardCharsets.ISO_8859_1) : "";
      return text.substring(Math.max(0, text.length() - 4000)) + "\n" + qemu.tail();
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** What the box shows on port 80 of the LAN; empty while nothing answers. */
  Optional<String> page() {
    return get("http://" + LAN_ADDRESS + "/");
  }

  /** The agent's own page has the whole status. */
  Optional<AgentStatus> status() {
    return get("http://" + LAN_ADDRESS + ":8080/status.json").map(GuestBox::status);
  }

  private static AgentStatus status(String text) {
    try {
      return StatusReader.status(Json.parse(text));
    } catch (Json.Malformed e) {
      throw new BenchException("the box's page tells no status: " + e.getMessage(), e);
    }
  }

  private static JsonNode json(String text) {
    try {
      return Json.parse(text);
    } catch (Json.Malformed e) {
      throw new BenchException("expected JSON, is: " + text, e);
    }
  }

  private Optional<String> get(String url) {
    Exec.Result result =
        lan.run("", List.of("curl", "--silent", "--fail", "--max-time", "10", url));
    return result.ok() ? Optional.of(result.out()) : Optional.empty();
  }

  @Override
  public void close() {
    if (qemu != null) {
      qemu.terminate(END);
    }
  }
}
