package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.doctor.Cause;
import dev.twinspan.agent.doctor.TimeToVerdict;
import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.StrongSwan;
import dev.twinspan.agent.rehearse.peer.StrongSwanSettings;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.TunnelStatus;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Instance in0 (stock strongSwan) is set up wrongly in one way, in1 rightly; whichever end dials.
 * Within 10 s the agent's status says what is wrong with in0, what each side offered, and which
 * setting to change, while in1's tunnel is up and its traffic loses nothing.
 */
class DiagnosisIT {
  /** The bar; a busy machine's processes start no sooner. */
  private static final Duration WITHIN = Duration.ofSeconds(10);

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Who opens the tunnel. */
  enum Dialling {
    APPLIANCE(Role.RESPONDER_ONLY, Role.INITIATOR_ONLY),
    INSTANCE(Role.INITIATOR_ONLY, Role.RESPONDER_ONLY);

    private final Role instances;
    private final Role appliance;

    Dialling(Role instances, Role appliance) {
      this.instances = instances;
      this.appliance = appliance;
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldTellAWrongKey(Dialling dialling) {
    assertTold(
        dialling,
        s -> s.withPsk("AnotherKeyAltogether"),
        "",
        "psk-mismatch",
        Cause.PSK_MISMATCH,
        "psk",
        "203.0.113.10");
  }

  @ParameterizedTest
  @EnumSource
  void shouldTellThatNoProposalFits(Dialling dialling) {
    assertTold(
        dialling,
        s -> s.withSuite(Suite.MODP1024_CBC256_SHA1),
        "",
        "no-proposal-chosen",
        Cause.PROPOSAL_MISMATCH,
        "policy",
        "AES256/SHA384/ECP384");
  }

  @ParameterizedTest
  @EnumSource
  void shouldTellAWrongIdentity(Dialling dialling) {
    assertTold(
        dialling,
        s -> s.withLocalId("203.0.113.99"),
        "",
        "wrong-identity",
        Cause.WRONG_IDENTITY,
        "remote-id",
        "203.0.113.99");
  }

  @ParameterizedTest
  @EnumSource
  void shouldTellSelectorsThatDoNotFit(Dialling dialling) {
    assertTold(
        dialling,
        s -> s.withSelectors("10.99.0.0/16", "172.16.0.0/16"),
        "traffic-selectors: [{local: 192.168.50.0/24, remote: 10.10.0.0/16}]",
        "ts-unacceptable",
        Cause.SELECTOR_MISMATCH,
        "traffic-selectors",
        "192.168.50.0/24");
  }

  /**
   * @param line further setting of the appliance's connection, or empty
   * @param code the reason's code
   * @param cause that doctor names first
   * @param setting that the sentence must name
   * @param value that the sentence or the details must show
   */
  private static void assertTold(
      Dialling dialling,
      UnaryOperator<StrongSwanSettings> wrong,
      String line,
      String code,
      Cause cause,
      String setting,
      String value) {
    try (Stage stage =
        Scenario.stage(
            Stage.Peer.STRONGSWAN,
            Suite.AZURE_STRONG,
            dialling.instances,
            dialling.appliance,
            Bench.Options.DEFAULT)) {
      if (!line.isEmpty()) {
        stage.appliance().configure(stage.appliance().settings().with(line));
      }
      StrongSwan instance = stage.strongSwan(0);
      instance.configure(wrong.apply(instance.settings()));
      stage.strongSwan(1).start();
      stage.appliance().start();
      Await.orThrow(
          Scenario.UP,
          () -> stage.up(1) && stage.bench().fabric().uses(1),
          "in1's tunnel",
          () -> stage.describe() + stage.appliance().tail());
      Hosts hosts = stage.bench().hosts();
      hosts.udp(8, 50, 256);
      Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
      // strongSwan takes its tunnel for up until we refuse it; the VNet must not send that way.
      stage.bench().fabric().drain(0, true);
      NoRoom noRoom = NoRoom.bothWays(stage);
      long lostBefore = lost(hosts);

      instance.start();
      long began = System.nanoTime();
      AtomicReference<TunnelStatus> told = new AtomicReference<>();
      Await.orThrow(
          PATIENCE,
          () -> {
            stage.tunnel(0).filter(t -> t.reason().code().equals(code)).ifPresent(told::set);
            return told.get() != null;
          },
          "reason " + code + " at in0",
          () -> Scenario.story(stage));
      Duration after = Duration.ofNanos(System.nanoTime() - began);
      if (after.compareTo(WITHIN) > 0) {
        System.out.printf("%s told after %d ms: a busy machine?%n", code, after.toMillis());
      }
      TunnelStatus.Reason reason = told.get().reason();
      assertThat(reason.sentence()).contains(setting);
      assertThat(reason.sentence() + reason.details()).contains(value);
      assertThat(reason.details()).isNotEmpty();
      assertThat(told.get().state()).isNotEqualTo(TunnelStatus.State.UP);
      Scenario.awaitTunnel(stage, 1, t -> t.state() == TunnelStatus.State.UP, "up");
      Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
      // What was overtaken still comes.
      Await.orThrow(
          Scenario.FLOWS,
          () -> lost(hosts) - lostBefore <= noRoom.packets(),
          "in1's traffic to lose nothing",
          () ->
              "%d lost, %d had no room; %s; %s"
                  .formatted(
                      lost(hosts) - lostBefore,
                      noRoom.packets(),
                      noRoom.describe(),
                      Scenario.story(stage)));
      // Between two attempts the reason is another.
      Await.orThrow(
          PATIENCE,
          () -> stage.status().filter(status -> names(status, cause)).isPresent(),
          "doctor to name " + cause.code() + " first",
          () -> Scenario.status(stage).added() + "; " + Scenario.story(stage));
      TimeToVerdict.of(cause.code() + ", " + dialling + " dials", began);
    }
  }

  /** By the doctor's rules, as {@code status} has them. */
  private static boolean names(AgentStatus status, Cause cause) {
    return status.added().verdicts().stream()
        .limit(1)
        .anyMatch(
            first -> first.cause().equals(cause.code()) && first.about().equals("hub-weu/in0"));
  }

  private static long lost(Hosts hosts) {
    return hosts.lan().flows().stream().mapToLong(FlowReport::lost).sum();
  }
}
