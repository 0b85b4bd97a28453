package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.IkePeer;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.ike.message.TrafficSelector;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IkePeersTest {
  private static final InetAddress LOCAL = InetAddress.ofLiteral("198.51.100.7");

  @TempDir Path folder;
  ConfigFixture sample;

  @BeforeEach
  void sample() {
    sample = new ConfigFixture(folder);
  }

  private List<IkePeer> peers() {
    return IkePeers.of(config());
  }

  private AgentConfig config() {
    ConfigResult result = sample.read();
    assertThat(result.config()).as("%s", result.problems()).isNotNull();
    return result.config();
  }

  @Test
  void shouldMakeOnePeerPerInstance() {
    assertThat(peers()).extracting(IkePeer::name).containsExactly("hub-weu/in0", "hub-weu/in1");
    IkePeer peer = peers().getFirst();
    assertThat(peer.local()).isEqualTo(LOCAL);
    assertThat(peer.remote()).isEqualTo(InetAddress.ofLiteral("203.0.113.10"));
    assertThat(peer.localId()).isEqualTo(IkeId.of(LOCAL));
    assertThat(peer.remoteId()).isEqualTo(IkeId.of(peer.remote()));
    assertThat(peer.liveness()).isEqualTo(Duration.ofSeconds(35));
    assertThat(peer.livenessTimeout()).isEqualTo(Duration.ofSeconds(45));
    assertThat(peer.forceEncapsulation()).isTrue();
  }

  @Test
  void shouldAskForAnyToAny() {
    TrafficSelector any =
        new TrafficSelector(
            0,
            0,
            65535,
            InetAddress.ofLiteral("0.0.0.0"),
            InetAddress.ofLiteral("255.255.255.255"));

    assertThat(peers().getFirst().localSelectors()).containsExactly(any);
    assertThat(peers().getFirst().remoteSelectors()).containsExactly(any);
    assertThat(peers().getFirst().pairs()).as("one CHILD SA").isEmpty();
  }

  @Test
  void shouldAskForIpv6TooWhereTheLanHasIt() {
    sample.with("    - 192.168.50.0/24", "    - 192.168.50.0/24\n    - 2001:db8:50::/48");

    assertThat(peers().getFirst().remoteSelectors()).hasSize(2);
  }

  @Test
  void shouldTurnPrefixesIntoRanges() {
    sample.with(
        "    # traffic-selectors:         # only for policy-based connections\n",
        "    traffic-selectors: [{local: 192.168.50.0/24, remote: 10.10.0.0/16}]\n");

    assertThat(peers().getFirst().localSelectors())
        .containsExactly(
            new TrafficSelector(
                0,
                0,
                65535,
                InetAddress.ofLiteral("192.168.50.0"),
                InetAddress.ofLiteral("192.168.50.255")));
  }

  @Test
  void shouldMakeAPairOfEachEntryOfTrafficSelectors() {
    sample.with(
        "    # traffic-selectors:         # only for policy-based connections\n",
        "    traffic-selectors: [{local: 192.168.50.0/24, remote: 10.10.0.0/16},"
            + " {local: 192.168.50.0/24, remote: 10.11.0.0/16}]\n");

    IkePeer peer = peers().getFirst();
    assertThat(peer.localSelectors()).hasSize(1);
    assertThat(peer.remoteSelectors()).hasSize(2);
    assertThat(peer.pairs())
        .containsExactly(
            new IkePeer.Pair(peer.localSelectors().getFirst(), peer.remoteSelectors().get(0)),
            new IkePeer.Pair(peer.localSelectors().getFirst(), peer.remoteSelectors().get(1)));
  }

  @Test
  void shouldCallItselfByItsPublicAddressBehindNat() {
    sample.with("  # public-address: 198.51.100.7", "  public-address: 198.51.100.99");

    assertThat(peers().getFirst().localId())
        .isEqualTo(IkeId.of(InetAddress.ofLiteral("198.51.100.99")));
    assertThat(peers().getFirst().local()).isEqualTo(LOCAL);
  }

  @Test
  void shouldTakeGivenIdentities() {
    sample
        .with("# local-id: 198.51.100.7 ", "local-id: branch@example.net ")
        .with("# remote-id: 203.0.113.11 ", "remote-id: hub.example.net ");

    assertThat(peers().get(1).localId().text()).isEqualTo("branch@example.net (ID_RFC822_ADDR)");
    assertThat(peers().get(1).remoteId().text()).isEqualTo("hub.example.net (ID_FQDN)");
  }

  @Test
  void shouldGiveEqualPeersForAnEqualFile() {
    assertThat(peers()).isEqualTo(peers());
  }

  @Test
  void shouldRestartOnlyTheTunnelsWhoseSettingsChanged() {
    AgentConfig before = config();
    sample.with("address: 203.0.113.11\n", "address: 203.0.113.12\n");

    ConfigDiff diff = ConfigDiff.between(before, config());

    assertThat(diff.restarted()).containsExactly("hub-weu/in1");
    assertThat(diff.untouched()).containsExactly("hub-weu/in0");
    assertThat(diff.routesChanged()).isFalse();
    assertThat(diff.sentence()).isEqualTo("reloaded: restarted hub-weu/in1; 1 left alone");
  }

  @Test
  void shouldTellWhatTakesARestartOfTheAgent() {
    AgentConfig before = config();
    sample.with("# crypto:", "crypto: {esp-backend: jce}").with("- 10.10.0.0/16", "- 10.10.0.0/17");

    ConfigDiff diff = ConfigDiff.between(before, config());

    assertThat(diff.sentence())
        .isEqualTo(
            "reloaded: routes changed; 2 left alone; only after a restart of the agent crypto");
    assertThat(diff.isEmpty()).isFalse();
  }

  @Test
  void shouldRestartBothTunnelsForANewSecretAndNeitherForNothing() throws Exception {
    AgentConfig before = config();

    assertThat(ConfigDiff.between(before, config()).sentence()).isEqualTo("reloaded: 2 left alone");
    assertThat(ConfigDiff.between(before, config()).isEmpty()).isTrue();
    sample.secret("Another+Secret");
    assertThat(ConfigDiff.between(before, config()).restarted()).hasSize(2);
  }
}
