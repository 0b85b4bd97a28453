package dev.twinspan.datapath.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class EcmpGroupTest {
  private static int[] ids(int n) {
    int[] ids = new int[n];
    Arrays.setAll(ids, i -> i * 3 + 1);
    return ids;
  }

  private static void assertBalanced(EcmpGroup group, int[] tunnels, int slack) {
    int least = EcmpGroup.BUCKETS;
    int most = 0;
    for (int t : tunnels) {
      least = Math.min(least, group.share(t));
      most = Math.max(most, group.share(t));
    }
    assertThat(most - least).as(group.toString()).isLessThanOrEqualTo(slack);
  }

  @Property
  void shouldShareEvenly(@ForAll @IntRange(min = 1, max = 16) int n) {
    assertBalanced(EcmpGroup.of("g", ids(n)), ids(n), 1);
  }

  @Property
  void shouldShareByWeight(
      @ForAll @Size(min = 1, max = 8) List<@IntRange(min = 1, max = 100) Integer> weights) {
    int[] w = weights.stream().mapToInt(Integer::intValue).toArray();
    int[] tunnels = ids(w.length);
    EcmpGroup group = EcmpGroup.of("g", tunnels, w);
    double total = Arrays.stream(w).sum();
    for (int i = 0; i < w.length; i++) {
      // A hundredth: many that are small beside a large one can take more than one bucket from it.
      assertThat((double) group.share(tunnels[i]))
          .isBetween(256 * w[i] / total - 2, 256 * w[i] / total + 2);
    }
  }

  @Property
  void shouldMoveOnlyBucketsOfTheTunnelThatDies(
      @ForAll @IntRange(min = 2, max = 16) int n, @ForAll @IntRange(max = 15) int which) {
    int[] tunnels = ids(n);
    int dead = tunnels[which % n];
    EcmpGroup before = EcmpGroup.of("g", tunnels);
    EcmpGroup after = before.without(dead);
    for (int b = 0; b < EcmpGroup.BUCKETS; b++) {
      if (before.buckets()[b] == dead) {
        assertThat(after.buckets()[b]).isNotEqualTo((short) dead).isNotEqualTo(EcmpGroup.NONE);
      } else {
        assertThat(after.buckets()[b]).isEqualTo(before.buckets()[b]);
      }
    }
    assertBalanced(after, Arrays.stream(tunnels).filter(t -> t != dead).toArray(), 1);
  }

  @Property
  void shouldTakeBackItsShareAndNoMore(
      @ForAll @IntRange(min = 2, max = 16) int n,
      @ForAll @IntRange(max = 15) int which,
      @ForAll @IntRange(max = 256) int share) {
    int[] tunnels = ids(n);
    int back = tunnels[which % n];
    EcmpGroup before = EcmpGroup.of("g", tunnels).without(back);
    EcmpGroup after = before.with(back, share);
    assertThat(after.share(back)).isEqualTo(share);
    for (int b = 0; b < EcmpGroup.BUCKETS; b++) {
      if (after.buckets()[b] != back) {
        assertThat(after.buckets()[b]).isEqualTo(before.buckets()[b]);
      }
    }
    assertBalanced(after, Arrays.stream(tunnels).filter(t -> t != back).toArray(), 1);
  }

  @Property
  void shouldStayBalancedThroughFlapping(
      @ForAll @Size(max = 40) List<@IntRange(max = 3) Integer> flaps) {
    int[] tunnels = ids(4);
    TreeSet<Integer> up = new TreeSet<>(Arrays.stream(tunnels).boxed().toList());
    EcmpGroup group = EcmpGroup.of("g", tunnels);
    for (int f : flaps) {
      int t = tunnels[f];
      if (up.remove(t)) {
        group = group.without(t);
      } else {
        up.add(t);
        group = group.with(t, EcmpGroup.BUCKETS / up.size());
      }
      assertThat(group.usable()).isEqualTo(!up.isEmpty());
      if (!up.isEmpty()) {
        assertBalanced(group, up.stream().mapToInt(Integer::intValue).toArray(), 2);
      }
    }
  }

  @Test
  void shouldHaveNoTunnelWhenTheLastDies() {
    EcmpGroup none = EcmpGroup.of("g", 5).without(5);
    assertThat(none.usable()).isFalse();
    assertThat(none).isEqualTo(EcmpGroup.empty("g"));
    assertThat(none.with(7, 10).share(7)).isEqualTo(EcmpGroup.BUCKETS);
  }

  @Test
  void shouldSayItsShares() {
    assertThat(EcmpGroup.of("hub", 0, 1)).hasToString("hub[0:128, 1:128]");
  }
}
