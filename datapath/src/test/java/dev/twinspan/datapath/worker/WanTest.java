package dev.twinspan.datapath.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WanTest {
  @Test
  void shouldSendFirstWhatDoesNotFillASend() {
    assertThat(sends(47, 44)).containsExactly(3, 44);
    assertThat(sends(94, 44)).containsExactly(6, 44, 44);
    assertThat(sends(45, 44)).containsExactly(1, 44);
    assertThat(sends(44, 44)).containsExactly(44);
    assertThat(sends(7, 44)).containsExactly(7);
    assertThat(sends(3, 1)).containsExactly(1, 1, 1);
  }

  @Test
  void shouldPutNoMoreIntoASendThanTheKernelTakes() {
    assertThat(Wan.most(1480)).isEqualTo(44);
    assertThat(Wan.most(100)).isEqualTo(64);
    assertThat(Wan.most(40_000)).isEqualTo(1);
    assertThat(Wan.most(70_000)).isEqualTo(1); // refused as too long, by itself
  }

  private static List<Integer> sends(int run, int most) {
    List<Integer> sends = new ArrayList<>();
    for (int left = run; left > 0; left -= sends.getLast()) {
      sends.add(Wan.next(left, most));
    }
    return sends;
  }
}
