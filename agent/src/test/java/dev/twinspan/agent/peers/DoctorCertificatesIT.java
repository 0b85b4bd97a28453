package dev.twinspan.agent.peers;

import dev.twinspan.agent.doctor.TimeToVerdict;
import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Builder;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.StrongSwan;
import dev.twinspan.agent.rehearse.peer.Suite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Both sides have certificates, and the clock of the box is ten years late: a board without a
 * battery. {@code twinspan doctor} blames the clock first, then tells of which tunnels the
 * certificates are refused for it; once the clock is right it has nothing to say. Stock strongSwan
 * plays the instances. {@code -Dtwinspan.verdicts=true}: in0's certificate has expired, and is of a
 * stranger.
 */
class DoctorCertificatesIT {
  private static final Suite SUITE = Suite.AZURE_STRONG;

  @TempDir private Path folder;
  private final Entity root = TestPki.root(Kind.P384, "root");

  @Test
  void shouldTellAWrongClockFromAWrongCertificate() throws IOException {
    Map<String, String> late = LateClock.of(folder);
    try (Stage stage =
        Scenario.stage(
            Stage.Peer.STRONGSWAN,
            SUITE,
            Role.RESPONDER_ONLY,
            Role.INITIATOR_ONLY,
            Bench.Options.DEFAULT)) {
      box(stage);
      for (int i = 0; i < 2; i++) {
        stage.strongSwan(i).start();
        certify(stage, i, root.issues(Kind.P384, "in" + i));
      }
      stage.appliance().environment(late);
      stage.appliance().start();
      Scenario.status(stage);
      new Doctoring(stage, late)
          .awaitAll("clock-wrong ", "certificate-time hub-weu/in0", "certificate-time hub-weu/in1");

      stage.appliance().kill();
      stage.appliance().environment(Map.of());
      stage.appliance().start();
      stage.awaitBothUp(Scenario.UP.multipliedBy(2));
      Doctoring doctor = new Doctoring(stage);
      doctor.awaitAll();
      if (TimeToVerdict.ALL) {
        badCertificates(stage, doctor);
      }
    }
  }

  private void badCertificates(Stage stage, Doctoring doctor) throws IOException {
    certify(
        stage,
        0,
        root.issues(Kind.P384, "in0")
            .valid(TestPki.NOW.minus(Duration.ofDays(9)), TestPki.NOW.minus(Duration.ofDays(2))));
    Scenario.reset(stage, "hub-weu/in0");
    doctor.awaitFirst("certificate-time hub-weu/in0");

    certify(stage, 0, TestPki.root(Kind.P384, "stranger").issues(Kind.P384, "in0"));
    Scenario.reset(stage, "hub-weu/in0");
    doctor.awaitFirst("certificate-refused hub-weu/in0");
  }

  private void box(Stage stage) {
    Entity box = root.issues(Kind.P384, "branch").ip(Addresses.APPLIANCE).build();
    box.writeChain(folder.resolve("box.pem"));
    box.writeKey(folder.resolve("box.key"));
    TestPki.write(folder.resolve("ca.pem"), root.certificate());
    String certificate =
        "certificate: {file: %1$s/box.pem, key-file: %1$s/box.key, trust-file: %1$s/ca.pem}"
            .formatted(folder);
    stage.appliance().rewrite(yaml -> yaml.replaceFirst("psk: \\{file: [^}]*}", certificate));
  }

  /** Gives an instance that certificate, from its next IKE_AUTH on. */
  private void certify(Stage stage, int index, Builder builder) throws IOException {
    String address = Addresses.INSTANCES.get(index);
    Entity entity = builder.ip(address).build();
    StrongSwan instance = stage.strongSwan(index);
    String machine = stage.bench().topology().instances().get(index).name();
    Path directory = stage.bench().directory().resolve(machine);
    TestPki.write(
        Files.createDirectories(directory.resolve("x509ca")).resolve("ca.pem"), root.certificate());
    entity.writeChain(Files.createDirectories(directory.resolve("x509")).resolve("own.pem"));
    entity.writeKey(Files.createDirectories(directory.resolve("private")).resolve("own.pem"));
    Path conf = directory.resolve("certificates.conf");
    Files.writeString(
        conf,
        """
        connections {
          bench {
            version = 2
            local_addrs = %1$s
            remote_addrs = %%any
            proposals = %3$s
            encap = yes
            mobike = no
            unique = never
            dpd_delay = 9s
            local { auth = pubkey
                    id = %1$s
                    certs = %5$s/x509/own.pem }
            remote { auth = pubkey
                     id = %2$s }
            children {
              net {
                local_ts = 0.0.0.0/0
                remote_ts = 0.0.0.0/0
                esp_proposals = %4$s
                updown = %5$s/updown
              }
            }
          }
        }
        """
            .formatted(address, Addresses.APPLIANCE, SUITE.ike(), SUITE.esp(), directory));
    instance.swanctl("--load-all", "--noprompt", "--clear", "--file", conf.toString());
  }
}
