package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
  private static final List<String> KNOWN = List.of("bgp-address", "local-address", "name");

  @Test
  void shouldFindWhatWasMeant() {
    assertThat(Nearest.to("bgp-adress", KNOWN)).contains("bgp-address");
    assertThat(Nearest.to("bgpAddress", KNOWN)).contains("bgp-address");
    assertThat(Nearest.to("local_address", KNOWN)).contains("local-address");
    assertThat(Nearest.to("naem", KNOWN)).contains("name");
  }

  @Test
  void shouldNotGuessWildly() {
    assertThat(Nearest.to("colour", KNOWN)).isEmpty();
    assertThat(Nearest.to("x".repeat(10_000), KNOWN)).isEmpty();
  }

  @Test
  void shouldCountEdits() {
    assertThat(Nearest.distance("abc", "abc")).isZero();
    assertThat(Nearest.distance("abc", "acb")).isEqualTo(1);
    assertThat(Nearest.distance("abc", "abcd")).isEqualTo(1);
    assertThat(Nearest.distance("", "abc")).isEqualTo(3);
  }
}
