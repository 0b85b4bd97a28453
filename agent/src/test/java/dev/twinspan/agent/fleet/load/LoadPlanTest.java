package dev.twinspan.agent.fleet.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.fleet.BrokerAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LoadPlanTest {
  private static LoadPlan plan(int boxes) {
    return new LoadPlan(
        new BrokerAddress(false, "127.0.0.1", 1883),
        null,
        boxes,
        "site",
        "sim-",
        100,
        Duration.ofSeconds(1),
        Duration.ofSeconds(10),
        1,
        0,
        null);
  }

  @Test
  void shouldSayWhenThereAreTooFewDescriptors() {
    String limits =
        """
        Limit                     Soft Limit           Hard Limit           Units
        Max open files            1024                 20000                files
        """;
    assertThat(plan(800).obstacle(limits)).isNull();
    assertThat(plan(10_000).obstacle(limits)).contains("10200", "may open 1024", "ulimit -n 10200");
    assertThat(plan(10_000).obstacle(limits.replace("1024 ", "unlimited "))).isNull();
  }

  @Test
  void shouldNameBoxesSoThatTheySort() {
    assertThat(plan(1).device(7)).isEqualTo("sim-00007");
  }

  @Test
  void shouldTellPercentiles() {
    Samples samples = new Samples();
    assertThat(samples.millis(0.5)).isNaN();
    for (int i = 5000; i >= 1; i--) {
      samples.add(i * 1_000_000L);
    }
    assertThat(samples.count()).isEqualTo(5000);
    assertThat(samples.millis(0.5)).isEqualTo(2500);
    assertThat(samples.millis(0.99)).isEqualTo(4950);
    assertThat(samples.millis(1)).isEqualTo(5000);
  }
}
