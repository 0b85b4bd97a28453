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
}
