package dev.twinspan.agent.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.config.ConnectionConfig.Mode;
import dev.twinspan.datapath.forward.EcmpGroup;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SelectionTest {
  private static final EcmpGroup NONE = EcmpGroup.empty("hub");
  private static final EcmpGroup BOTH = Selection.next(NONE, List.of(0, 1), Mode.ACTIVE_ACTIVE);

  @Test
  void shouldShareEquallyWhenBothTunnelsAreUsable() {
    assertThat(BOTH.share(0)).isEqualTo(EcmpGroup.BUCKETS / 2);
    assertThat(BOTH.share(1)).isEqualTo(EcmpGroup.BUCKETS / 2);
  }

  @Test
  void shouldMoveOnlyTheFlowsOfTheLostTunnel() {
    EcmpGroup after = Selection.next(BOTH, List.of(1), Mode.ACTIVE_ACTIVE);

    for (int bucket = 0; bucket < EcmpGroup.BUCKETS; bucket++) {
      assertThat(after.buckets()[bucket]).isEqualTo((short) 1);
    }
  }

  @Test
  void shouldGiveAReturningTunnelItsShareAndNoMore() {
    EcmpGroup alone = Selection.next(BOTH, List.of(1), Mode.ACTIVE_ACTIVE);

    EcmpGroup again = Selection.next(alone, List.of(0, 1), Mode.ACTIVE_ACTIVE);

    assertThat(again.share(0)).isEqualTo(EcmpGroup.BUCKETS / 2);
    assertThat(again.share(1)).isEqualTo(EcmpGroup.BUCKETS / 2);
  }

  @Test
  void shouldChangeNothingWhenTheUsableTunnelsAreTheSame() {
    assertThat(Selection.next(BOTH, List.of(0, 1), Mode.ACTIVE_ACTIVE)).isEqualTo(BOTH);
  }

  @Test
  void shouldNameNoTunnelWhenNoneIsUsable() {
    assertThat(Selection.members(Selection.next(BOTH, List.of(), Mode.ACTIVE_ACTIVE))).isEmpty();
  }

  @Test
  void shouldCarryAllOnTheFirstUsableInstanceWhenActiveStandby() {
    EcmpGroup first = Selection.next(NONE, List.of(0, 1), Mode.ACTIVE_STANDBY);
    EcmpGroup standby = Selection.next(first, List.of(1), Mode.ACTIVE_STANDBY);
    EcmpGroup back = Selection.next(standby, List.of(0, 1), Mode.ACTIVE_STANDBY);

    assertThat(Selection.members(first)).isEqualTo(Set.of(0));
    assertThat(Selection.members(standby)).isEqualTo(Set.of(1));
    assertThat(Selection.members(back)).isEqualTo(Set.of(0));
  }

  @Test
  void shouldGiveNoNewFlowsToALossyTunnelAndLetThoseItHasStay() {
    EcmpGroup shunned = Selection.next(BOTH, List.of(0, 1), Set.of(0), Mode.ACTIVE_ACTIVE);

    assertThat(Selection.members(shunned)).isEqualTo(Set.of(1));
    for (int bucket = 0; bucket < EcmpGroup.BUCKETS; bucket++) {
      boolean had = BOTH.buckets()[bucket] == 0;
      assertThat(shunned.stays()[bucket]).isEqualTo(had ? (short) 0 : EcmpGroup.NONE);
    }
    assertThat(Selection.next(shunned, List.of(0, 1), Set.of(0), Mode.ACTIVE_ACTIVE))
        .isEqualTo(shunned);
  }

  @Test
  void shouldReadmitATunnelToTheBucketsItHad() {
    EcmpGroup shunned = Selection.next(BOTH, List.of(0, 1), Set.of(0), Mode.ACTIVE_ACTIVE);

    EcmpGroup again = Selection.next(shunned, List.of(0, 1), Mode.ACTIVE_ACTIVE);

    assertThat(again.buckets()).isEqualTo(BOTH.buckets());
    for (int bucket = 0; bucket < EcmpGroup.BUCKETS; bucket++) {
      boolean was = BOTH.buckets()[bucket] == 0;
      assertThat(again.stays()[bucket]).isEqualTo(was ? (short) 1 : EcmpGroup.NONE);
    }
  }

  @Test
  void shouldUseALossyTunnelForAllWhenTheOtherIsLost() {
    EcmpGroup shunned = Selection.next(BOTH, List.of(0, 1), Set.of(0), Mode.ACTIVE_ACTIVE);

    EcmpGroup alone = Selection.next(shunned, List.of(0), Set.of(0), Mode.ACTIVE_ACTIVE);

    assertThat(alone.share(0)).isEqualTo(EcmpGroup.BUCKETS);
    EcmpGroup back = Selection.next(alone, List.of(0, 1), Set.of(0), Mode.ACTIVE_ACTIVE);
    assertThat(back.share(1)).isEqualTo(EcmpGroup.BUCKETS);
    // It comes back to its share of the flows; those of the other half stay.
    assertThat(java.util.stream.IntStream.range(0, 256).filter(b -> back.stays()[b] == 0))
        .hasSize(EcmpGroup.BUCKETS / 2);
  }

  @Test
  void shouldForgetTheFlowsOfALossyTunnelThatIsLost() {
    EcmpGroup shunned = Selection.next(BOTH, List.of(0, 1), Set.of(0), Mode.ACTIVE_ACTIVE);

    EcmpGroup lost = Selection.next(shunned, List.of(1), Set.of(), Mode.ACTIVE_ACTIVE);

    assertThat(lost.staysOn(0)).isFalse();
    assertThat(lost.share(1)).isEqualTo(EcmpGroup.BUCKETS);
  }

  @Test
  void shouldShunNobodyWhenAllAreLossy() {
    assertThat(Selection.next(BOTH, List.of(0, 1), Set.of(0, 1), Mode.ACTIVE_ACTIVE))
        .isEqualTo(BOTH);
  }
}
