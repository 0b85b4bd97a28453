package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.message.TrafficSelector;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.agent.sim.World;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelectorNarrowingTest {
  private static final TrafficSelector SITE = Peers.selector("192.168.50.0", "192.168.50.255");
  private static final TrafficSelector HALF = Peers.selector("192.168.50.0", "192.168.50.127");
  private static final TrafficSelector OTHER = Peers.selector("10.0.0.0", "10.0.0.255");
  private static final TrafficSelector V6_ANY =
      new TrafficSelector(
          0,
          0,
          65535,
          World.address("::"),
          World.address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));

  private static TrafficSelector ports(TrafficSelector of, int protocol, int start, int end) {
    return new TrafficSelector(protocol, start, end, of.first(), of.last());
  }

  @Test
  void shouldTakeWhatIsInBoth() {
    assertThat(SelectorNarrowing.narrow(Peers.any(), List.of(SITE))).containsExactly(SITE);
    assertThat(SelectorNarrowing.narrow(List.of(SITE), Peers.any())).containsExactly(SITE);
    assertThat(
            SelectorNarrowing.narrow(
                List.of(Peers.selector("192.168.50.64", "192.168.51.0")), List.of(SITE)))
        .containsExactly(Peers.selector("192.168.50.64", "192.168.50.255"));
    assertThat(SelectorNarrowing.narrow(List.of(OTHER), List.of(SITE))).isEmpty();
  }

  @Test
  void shouldLeaveOutWhatAnotherCovers() {
    assertThat(SelectorNarrowing.narrow(List.of(HALF, SITE), Peers.any())).containsExactly(SITE);
    assertThat(SelectorNarrowing.narrow(List.of(SITE, HALF), Peers.any())).containsExactly(SITE);
  }

  @Test
  void shouldKeepFamiliesApart() {
    assertThat(SelectorNarrowing.narrow(List.of(V6_ANY), Peers.any())).isEmpty();
    assertThat(SelectorNarrowing.narrow(List.of(V6_ANY, SITE), List.of(V6_ANY, SITE)))
        .containsExactly(V6_ANY, SITE);
  }

  @Test
  void shouldCombineProtocolsAndPorts() {
    TrafficSelector tcp = ports(SITE, 6, 0, 65535);
    TrafficSelector web = ports(SITE, 6, 80, 443);
    TrafficSelector udp = ports(SITE, 17, 0, 65535);

    assertThat(SelectorNarrowing.narrow(List.of(SITE), List.of(web))).containsExactly(web);
    assertThat(SelectorNarrowing.narrow(List.of(tcp), List.of(ports(SITE, 0, 100, 200))))
        .containsExactly(ports(SITE, 6, 100, 200));
    assertThat(SelectorNarrowing.narrow(List.of(tcp), List.of(udp))).isEmpty();
    assertThat(SelectorNarrowing.narrow(List.of(web), List.of(ports(SITE, 6, 500, 600)))).isEmpty();
  }

  @Test
  void shouldTreatOpaquePortsAsPartOfAnyOnly() {
    TrafficSelector opaque = ports(SITE, 6, 65535, 0);

    assertThat(SelectorNarrowing.narrow(List.of(opaque), List.of(SITE))).containsExactly(opaque);
    assertThat(SelectorNarrowing.narrow(List.of(opaque), List.of(opaque))).containsExactly(opaque);
    assertThat(SelectorNarrowing.narrow(List.of(opaque), List.of(ports(SITE, 6, 1, 65535))))
        .isEmpty();
  }

  @Test
  void shouldStayBounded() {
    List<TrafficSelector> many = new ArrayList<>();
    for (int i = 0; i < 255; i++) {
      many.add(ports(SITE, 6, 2 * i, 2 * i));
    }
    assertThat(SelectorNarrowing.narrow(many, many)).hasSizeLessThanOrEqualTo(64);
  }

  @Test
  void shouldKnowWhatCoversWhat() {
    assertThat(SelectorNarrowing.covers(Peers.any(), List.of(SITE, OTHER))).isTrue();
    assertThat(SelectorNarrowing.covers(List.of(SITE), List.of(HALF))).isTrue();
    assertThat(SelectorNarrowing.covers(List.of(HALF), List.of(SITE))).isFalse();
    assertThat(SelectorNarrowing.covers(List.of(SITE), List.of(SITE, OTHER))).isFalse();
  }

  @Test
  void shouldSayItInPrefixesWhereItCan() {
    assertThat(SelectorNarrowing.words(List.of(SITE, HALF)))
        .isEqualTo("192.168.50.0/24, 192.168.50.0/25");
    assertThat(SelectorNarrowing.words(Peers.any())).isEqualTo("0.0.0.0/0");
    assertThat(SelectorNarrowing.words(List.of(Peers.selector("10.0.0.5", "10.0.0.9"))))
        .isEqualTo("10.0.0.5-10.0.0.9");
    assertThat(SelectorNarrowing.words(List.of(ports(OTHER, 6, 80, 443))))
        .isEqualTo("10.0.0.0/24 protocol 6 port 80-443");
    assertThat(SelectorNarrowing.words(List.of())).isEqualTo("none");
  }
}
