package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Which SPIs the datapath is told of before their CHILD SAs: a peer that answers may send on the
 * new one in the same moment.
 */
class IkeAwaitedTest {
  private final TwoEngines two = new TwoEngines();

  private Map<Integer, InetAddress> awaited() {
    return two.left.engine().awaited();
  }

  @Test
  void shouldAwaitTheFirstChildSaFromIkeAuthOn() {
    two.start(two.ofLeft(), two.ofRight());
    assertThat(awaited()).as("nothing proposed in IKE_SA_INIT").isEmpty();

    two.world.runUntil(() -> !awaited().isEmpty(), TwoEngines.SECOND);
    int proposed = awaited().keySet().iterator().next();
    assertThat(awaited()).containsExactly(Map.entry(proposed, two.right.address()));
    assertThat(two.left.installed()).isEmpty();

    two.reach();
    assertThat(awaited()).isEmpty();
    assertThat(two.left.installed()).containsOnlyKeys(proposed);
    assertThat(two.right.engine().awaited()).as("the responder has it before it answers").isEmpty();
  }

  @Test
  void shouldAwaitTheSuccessorFromItsRequestToItsAnswer() {
    two.up();
    int old = two.left.outbound("right");

    two.left.rekey("right", false);
    int proposed = awaited().keySet().iterator().next();
    assertThat(awaited()).containsExactly(Map.entry(proposed, two.right.address()));

    two.world.run(TwoEngines.SECOND);
    assertThat(awaited()).isEmpty();
    assertThat(two.left.outbound("right")).isEqualTo(proposed).isNotEqualTo(old);
  }

  @Test
  void shouldAwaitNothingForARekeyOfTheIkeSa() {
    two.up();
    two.left.rekey("right", true);
    assertThat(awaited()).isEmpty();
  }

  @Test
  void shouldAwaitNothingOfAPeerThatHasGone() {
    two.up();
    two.right.crash();
    two.left.rekey("right", false);
    assertThat(awaited()).hasSize(1);

    two.world.run(Duration.ofMinutes(2));
    assertThat(awaited()).isEmpty();
  }

  @Test
  void shouldAwaitNothingAfterAReset() {
    two.up();
    two.left.rekey("right", false);
    two.left.shutdown();
    assertThat(awaited()).isEmpty();
  }
}
