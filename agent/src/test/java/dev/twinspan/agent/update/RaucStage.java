package dev.twinspan.agent.update;

import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Exec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A box's two slots as loop devices, Debian's RAUC with a service and a message bus of its own, and
 * a boot loader that is three files. Bundles are of the format "plain", since not every kernel here
 * has dm-verity.
 */
public final class RaucStage implements AutoCloseable {
  static final String BOARD = "twinspan-bench";
  private static final int SLOT_BYTES = 1 << 20;
  private static final int IMAGE_BYTES = 200_000;

  public final Path folder;
  public final Path config;
  private final List<String> loops = new ArrayList<>();
  private final Entity root = TestPki.root(Kind.P256, "bundles");
  private final Process bus;
  private final String busAddress;
  private @Nullable Process service;

  public RaucStage(Path folder, String booted) throws Exception {
    this.folder = folder;
    this.config = folder.resolve("system.conf");
    TestPki.write(folder.resolve("keyring.pem"), root.certificate());
    Files.createDirectories(folder.resolve("mnt"));
    Files.createDirectories(folder.resolve("data"));
    for (String slot : List.of("A", "B")) {
      Path image = folder.resolve("slot" + slot);
      Files.write(image, new byte[SLOT_BYTES]);
      loops.add(Exec.run("losetup", "-f", "--show", image.toString()).orThrow().out().strip());
      Files.writeString(folder.resolve("state." + slot), "good");
    }
    Files.writeString(folder.resolve("primary"), "A");
    Path loader = folder.resolve("boot-loader");
    Files.writeString(
        loader,
        """
        #!/bin/sh
        cd %s || exit 1
        case "$1" in
          get-primary) cat primary ;;
          set-primary) echo "$2" >primary ;;
          get-state) cat "state.$2" ;;
          set-state) echo "$3" >"state.$2" ;;
        esac
        """
            .formatted(folder));
    Files.setPosixFilePermissions(loader, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(
        config,
        """
        [system]
        compatible=%s
        bootloader=custom
        mountprefix=%s/mnt
        bundle-formats=plain
        data-directory=%2$s/data

        [handlers]
        bootloader-custom-backend=%2$s/boot-loader

        [keyring]
        path=%2$s/keyring.pem

        [slot.rootfs.0]
        device=%s
        type=raw
        bootname=A

        [slot.rootfs.1]
        device=%s
        type=raw
        bootname=B
        """
            .formatted(BOARD, folder, loops.get(0), loops.get(1)));
    bus = new ProcessBuilder("dbus-daemon", "--session", "--nofork", "--print-address").start();
    BufferedReader told = bus.inputReader(StandardCharsets.UTF_8);
    busAddress = told.readLine();
    boot(booted);
  }

  public static boolean installed() {
    return Files.isExecutable(Path.of("/usr/bin/rauc"))
        && Files.isExecutable(Path.of("/usr/bin/dbus-daemon"))
        && Files.isExecutable(Path.of("/usr/bin/mksquashfs"))
        && Files.exists(Path.of("/dev/loop-control"));
  }

  public Map<String, String> environment() {
    return Map.of("DBUS_SESSION_BUS_ADDRESS", busAddress, "DBUS_STARTER_BUS_TYPE", "session");
  }

  Rauc rauc() {
    return new Rauc(config, environment());
  }

  /** The service of a system that was started from that slot. */
  public void boot(String slot) throws Exception {
    end(service);
    ProcessBuilder builder =
        new ProcessBuilder(
            "unshare",
            "--mount",
            "rauc",
            "--conf=" + config,
            "--override-boot-slot=" + slot,
            "service");
    builder.environment().putAll(environment());
    service =
        builder
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("service.log").toFile())
            .start();
    Await.orThrow(
        Duration.ofSeconds(30),
        () -> booted().equals(slot),
        "RAUC's service to run from slot " + slot,
        () -> log());
  }

  private String booted() {
    try {
      return rauc().slots().booted();
    } catch (UpdateRefusal _) {
      return "";
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("service.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  public String primary() throws IOException {
    return Files.readString(folder.resolve("primary")).strip();
  }

  public String state(String slot) throws IOException {
    return Files.readString(folder.resolve("state." + slot)).strip();
  }

  /** What stands in it, as far as an image goes. */
  public byte[] content(String slot) throws IOException {
    byte[] all = Files.readAllBytes(folder.resolve("slot" + slot));
    return Arrays.copyOf(all, IMAGE_BYTES);
  }

  public static byte[] image(int seed) {
    byte[] noise = new byte[IMAGE_BYTES];
    new Random(seed).nextBytes(noise);
    return noise;
  }

  // --- bundles ----------------------------------------------------------------------------------

  public Path good(String version, int seed) {
    return bundle("good-" + version, BOARD, version, seed, root.issues(Kind.P256, "signer"));
  }

  Path forAnotherBoard() {
    return bundle("another-board", "toaster", "9", 9, root.issues(Kind.P256, "signer"));
  }

  public Path byAnotherKey() {
    Entity other = TestPki.root(Kind.P256, "bundles of somebody else");
    return bundle("another-key", BOARD, "9", 9, other.issues(Kind.P256, "signer"));
  }

  Path expired() {
    Instant now = TestPki.NOW;
    return bundle(
        "expired",
        BOARD,
        "9",
        9,
        root.issues(Kind.P256, "signer")
            .valid(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(2))));
  }

  Path notYetValid() {
    Instant now = TestPki.NOW;
    return bundle(
        "not-yet-valid",
        BOARD,
        "9",
        9,
        root.issues(Kind.P256, "signer")
            .valid(now.plus(Duration.ofDays(2)), now.plus(Duration.ofDays(9))));
  }

  Path truncated() throws IOException {
    return SpoiltBundle.truncate(copy("truncated.raucb"));
  }

  Path flipped() throws IOException {
    return SpoiltBundle.flip(copy("flipped.raucb"));
  }

  private Path copy(String name) throws IOException {
    return Files.copy(good("9", 9), folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
  }

  private Path bundle(
      String name, String compatible, String version, int seed, TestPki.Builder signer) {
    Path file = folder.resolve(name + ".raucb");
    if (Files.exists(file)) {
      return file;
    }
    try {
      Entity entity = signer.build();
      Path certificate = folder.resolve(name + ".pem");
      Path key = folder.resolve(name + ".key");
      entity.writeChain(certificate);
      entity.writeKey(key);
      Path tree = Files.createDirectories(folder.resolve(name));
      Files.write(tree.resolve("rootfs.img"), image(seed));
      Files.writeString(
          tree.resolve("manifest.raucm"),
          """
          [update]
          compatible=%s
          version=%s

          [bundle]
          format=plain

          [image.rootfs]
          filename=rootfs.img
          """
              .formatted(compatible, version));
      Exec.run("rauc", "--cert=" + certificate, "--key=" + key, "bundle", "" + tree, "" + file)
          .orThrow();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void end(@Nullable Process process) {
    if (process != null) {
      process.destroy();
      process.onExit().orTimeout(10, TimeUnit.SECONDS).exceptionally(_ -> null).join();
      process.destroyForcibly();
    }
  }

  @Override
  public void close() {
    end(service);
    end(bus);
    for (String loop : loops) {
      Exec.run("losetup", "-d", loop);
    }
  }
}
