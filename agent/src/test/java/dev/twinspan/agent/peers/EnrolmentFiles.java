package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.netns.Exec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Enrolment files as {@code image/enrol} makes them, under a CA that is made for it.
 *
 * @param folder where the CA is, and who signs under it
 */
record EnrolmentFiles(Path folder) {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Path PROGRAM = Path.of("../image/enrol");

  private static final String MAKE =
      """
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
        -addext keyUsage=critical,keyCertSign -keyout "$0/ca.key" -out "$0/ca.pem"
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=signer \
        -keyout "$0/signer.key" -out "$0/signer.csr"
      openssl x509 -req -in "$0/signer.csr" -CA "$0/ca.pem" -CAkey "$0/ca.key" -CAcreateserial \
        -days 1 -out "$0/signer.pem" \
        -extfile <(printf 'extendedKeyUsage=emailProtection\\nkeyUsage=digitalSignature\\n')
      """;

  static EnrolmentFiles of(Path folder, String name) throws IOException {
    Files.createDirectories(folder);
    Exec.run(List.of("bash", "-euc", MAKE, folder.toString(), name), "", LIMIT).orThrow();
    return new EnrolmentFiles(folder);
  }

  Path authority() {
    return folder.resolve("ca.pem");
  }

  /**
   * For a box.
   *
   * @param address of one of its ports
   * @param configuration with twinspan.yaml and what it names
   */
  void make(String address, Path configuration, Path into) throws IOException {
    Files.createDirectories(into.getParent());
    Exec.run(
            List.of(
                PROGRAM.toString(),
                "--box",
                address,
                "--folder",
                configuration.toString(),
                "--key",
                folder.resolve("signer.key").toString(),
                "--certificate",
                folder.resolve("signer.pem").toString(),
                "--into",
                into.toString()),
            "",
            LIMIT)
        .orThrow();
  }
}
