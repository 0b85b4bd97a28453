package dev.twinspan.agent.peers;

import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.update.SpoiltBundle;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Random;

/**
 * Updates for an image of image/build: itself with another version, versions of it that do not
 * work, and small bundles that no box must take. All are made once, of what the image's own bundle
 * has in it.
 *
 * @param directory where they are kept, with the unpacked root file system
 * @param image the image's own bundle
 * @param keys where image/build has its development key
 * @param board that it is for
 */
record Bundles(Path directory, Path image, Path keys, String board) {
  private static final Duration LIMIT = Duration.ofMinutes(20);
  private static final int NOISE_BYTES = 1 << 20;

  /** Than any image's, which begins with the day. */
  private static final String NEWER = "99999999";

  /** What is done to an unpacked root file system, in its top directory. */
  private static final String NEXT =
      "sed -i --follow-symlinks 's/^IMAGE_VERSION=.*/IMAGE_VERSION=%s/' usr/lib/os-release";

  /** The kernel panics when its first process ends. */
  private static final String PANIC =
      "rm usr/sbin/init && printf '#!/bin/sh\\nexit 1\\n' >usr/sbin/init && chmod 755"
          + " usr/sbin/init";

  private static final String CRASH =
      "rm usr/lib/twinspan/twinspan && printf '#!/bin/sh\\nkill -SEGV $$\\n'"
          + " >usr/lib/twinspan/twinspan && chmod 755 usr/lib/twinspan/twinspan";

  /** The box's configuration, but for the shared key. */
  private static final String NO_TUNNEL =
      """
      cat >etc/systemd/system/twinspan.service.d/other-key.conf <<'UNIT'
      [Service]
      ExecStartPre=/bin/sh -c 'echo wrongwrongwrong >/run/twinspan/wrong.psk'
      ExecStartPre=/bin/sh -c 'sed "s,secrets/hub-weu.psk,/run/twinspan/wrong.psk,;s,: \\\\(secrets\\\\|certs\\\\)/,: /etc/twinspan/\\\\1/,g" /etc/twinspan/twinspan.yaml >/run/twinspan/wrong.yaml'
      ExecStart=
      ExecStart=/usr/lib/twinspan/twinspan up --config /run/twinspan/wrong.yaml
      UNIT
      """;

  private Path key() {
    return keys.resolve("development.key");
  }

  private Path certificate() {
    return keys.resolve("development.pem");
  }

  // --- as large as real ones --------------------------------------------------------------------

  /** Works as the image does. */
  Path next(String version) throws IOException {
    return made(version, ":");
  }

  Path panicking(String version) throws IOException {
    return made(version, PANIC);
  }

  /** Its agent ends as soon as it is started. */
  Path crashing(String version) throws IOException {
    return made(version, CRASH);
  }

  /** Its agent runs, and no tunnel comes up. */
  Path withoutTunnels(String version) throws IOException {
    return made(version, NO_TUNNEL);
  }

  private Path made(String version, String change) throws IOException {
    Path file = directory.resolve("twinspan-" + version + ".raucb");
    if (Files.exists(file)) {
      return file;
    }
    shell("rm -rf tree && mkdir tree");
    squash(NEXT.formatted(version) + "\n" + change, directory.resolve("tree/rootfs.squashfs"));
    manifest(directory.resolve("tree"), board, version);
    sign(directory.resolve("tree"), file, key(), certificate());
    return file;
  }

  /** A root file system as that of {@code image/build --enrolment-ca FILE}. */
  Path trusting(Path authority) throws IOException {
    Path file = directory.resolve("trusting.squashfs");
    Files.deleteIfExists(file);
    squash("install -m 644 " + authority + " usr/share/twinspan-box/enrolment-ca.pem", file);
    return file;
  }

  /**
   * Makes another root file system.
   *
   * @param change done to the image's, in its top directory
   */
  private void squash(String change, Path into) {
    unpack();
    if (!Files.exists(directory.resolve("root"))) {
      shell("unsquashfs -q -n -d root.new image/rootfs.squashfs >log && mv root.new root");
    }
    // What is changed is a new file; sed -i makes one as well. GRUB reads gzip.
    shell("rm -rf changed && cp -al root changed");
    shell("cd changed && { " + change + "\n}");
    shell(
        "mksquashfs changed %s -comp gzip -Xcompression-level 1 -b 128K -no-progress -noappend"
            + " -quiet && rm -rf changed",
        into);
  }

  /** Of the image itself. */
  String version() throws IOException {
    return Files.readAllLines(unpack().resolve("manifest.raucm")).stream()
        .filter(line -> line.startsWith("version="))
        .map(line -> line.substring("version=".length()))
        .findFirst()
        .orElseThrow();
  }

  /** A bundle of RAUC's format "verity" is a squashfs with a signature behind it. */
  private Path unpack() {
    Path unpacked = directory.resolve("image");
    if (!Files.exists(unpacked)) {
      shell("unsquashfs -q -n -d image.new %s >log && mv image.new image", image);
    }
    return unpacked;
  }

  // --- that no box must take --------------------------------------------------------------------

  /** Small as those that are refused, and right but for its content. */
  Path small(String version) throws IOException {
    return noise("small-" + version, board, version, key(), certificate());
  }

  Path forAnotherBoard() throws IOException {
    return noise("another-board", "toaster", NEWER, key(), certificate());
  }

  /** By somebody with a certificate that looks the same. */
  Path byAnotherKey() throws IOException {
    Entity other = TestPki.root(Kind.RSA_2048, "development\\, not for the field");
    return noise("another-key", other);
  }

  /** By somebody whom the image's key has let sign until two days ago. */
  Path expired() throws IOException {
    return noise(
        "expired",
        development()
            .issues(Kind.P256, "signer")
            .valid(TestPki.NOW.minus(Duration.ofDays(9)), TestPki.NOW.minus(Duration.ofDays(2)))
            .build());
  }

  Path truncated() throws IOException {
    return SpoiltBundle.truncate(copy("truncated"));
  }

  Path flipped() throws IOException {
    return SpoiltBundle.flip(copy("flipped"));
  }

  private Path copy(String name) throws IOException {
    return Files.copy(
        small(NEWER), directory.resolve(name + ".raucb"), StandardCopyOption.REPLACE_EXISTING);
  }

  private Path noise(String name, Entity signer) throws IOException {
    Path chain = signer.writeChain(directory.resolve(name + ".pem"));
    return noise(name, board, NEWER, signer.writeKey(directory.resolve(name + ".key")), chain);
  }

  private Path noise(String name, String compatible, String version, Path signer, Path chain)
      throws IOException {
    Path file = directory.resolve(name + ".raucb");
    Path tree = Files.createDirectories(directory.resolve(name));
    byte[] noise = new byte[NOISE_BYTES];
    new Random(1).nextBytes(noise);
    Files.write(tree.resolve("rootfs.squashfs"), noise);
    manifest(tree, compatible, version);
    Files.deleteIfExists(file);
    sign(tree, file, signer, chain);
    return file;
  }

  /** The key of image/build, which is its own CA. */
  private Entity development() throws IOException {
    try {
      X509Certificate own =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(certificate())));
      String pem = Files.readString(key()).replaceAll("-----[A-Z ]+-----", "");
      return new Entity(
          own,
          new KeyPair(
              own.getPublicKey(),
              KeyFactory.getInstance("RSA")
                  .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem)))),
          List.of());
    } catch (GeneralSecurityException e) {
      throw new IOException(key() + ": " + e.getMessage(), e);
    }
  }

  private static void manifest(Path tree, String compatible, String version) throws IOException {
    Files.writeString(
        tree.resolve("manifest.raucm"),
        """
        [update]
        compatible=twinspan-%s
        version=%s

        [bundle]
        format=verity

        [image.rootfs]
        filename=rootfs.squashfs
        """
            .formatted(compatible, version));
  }

  private static void sign(Path tree, Path file, Path signer, Path chain) throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(unfinished);
    Exec.run(
            List.of(
                "rauc", "--cert=" + chain, "--key=" + signer, "bundle", "" + tree, "" + unfinished),
            "",
            LIMIT)
        .orThrow();
    Files.move(unfinished, file);
  }

  private void shell(String line, Object... words) {
    Exec.run(
            List.of("bash", "-euc", "cd \"$0\"; " + line.formatted(words), directory.toString()),
            "",
            LIMIT)
        .orThrow();
  }
}
