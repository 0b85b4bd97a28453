package dev.twinspan.agent.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.crypto.IkeCrypto.KeyPair;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class KeyPairPoolTest {
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private final List<Pair> made = new ArrayList<>();
  private final KeyPairPool pool = new KeyPairPool(this::make, tasks::add);

  @Test
  void shouldMakeNothingUntilAskedAndOnlyOnItsExecutor() {
    assertThat(pool.poll(DhGroup.ECP256)).isNull();
    assertThat(made).isEmpty();
    assertThat(tasks).hasSize(1);
  }

  @Test
  void shouldFillUpOnlyGroupsAskedForAndNoFurther() {
    pool.prepare(List.of(DhGroup.ECP384));
    pool.prepare(List.of(DhGroup.ECP384));
    assertThat(tasks).as("one task a group at a time").hasSize(1);
    runTasks();

    assertThat(pool.ready(DhGroup.ECP384)).isEqualTo(KeyPairPool.CAPACITY);
    assertThat(pool.ready(DhGroup.ECP256)).isZero();
    assertThat(made).hasSize(KeyPairPool.CAPACITY);
    pool.prepare(List.of(DhGroup.ECP384));
    assertThat(tasks).isEmpty();
  }

  @Test
  void shouldHandOutEachPairOnceAndRefill() {
    pool.prepare(List.of(DhGroup.ECP256));
    runTasks();

    List<KeyPair> taken = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      taken.add(pool.poll(DhGroup.ECP256));
      runTasks();
    }

    assertThat(taken).doesNotContainNull().doesNotHaveDuplicates();
    assertThat(pool.ready(DhGroup.ECP256)).isEqualTo(KeyPairPool.CAPACITY);
  }

  @Test
  void shouldRunEmptyRatherThanWaitWhenTheExecutorIsSlow() {
    pool.prepare(List.of(DhGroup.ECP256));
    runTasks();
    for (int i = 0; i < KeyPairPool.CAPACITY; i++) {
      assertThat(pool.poll(DhGroup.ECP256)).isNotNull();
    }

    assertThat(pool.poll(DhGroup.ECP256)).isNull();
    assertThat(tasks).hasSize(1);
  }

  @Test
  void shouldDestroyWhatIsLeftWhenClosed() {
    pool.prepare(List.of(DhGroup.ECP256, DhGroup.MODP2048));
    tasks.removeFirst().run();

    pool.close();
    runTasks();

    assertThat(made).hasSize(KeyPairPool.CAPACITY).allMatch(Pair::destroyed);
    assertThat(pool.poll(DhGroup.ECP256)).isNull();
  }

  @Test
  void shouldSurviveAnExecutorThatTakesNoMore() {
    KeyPairPool orphan =
        new KeyPairPool(
            this::make,
            _ -> {
              throw new RejectedExecutionException();
            });

    assertThat(orphan.poll(DhGroup.ECP256)).isNull();
    assertThat(orphan.poll(DhGroup.ECP256)).isNull();
  }

  @Test
  void shouldFallBackToMakingAPairAtOnce() {
    try (FipsIkeCrypto crypto = FipsIkeCrypto.create(tasks::add, List.of(DhGroup.ECP256), false)) {
      assertThat(crypto.keyPair(DhGroup.ECP256).share()).hasSize(64);
      runTasks();
      byte[] ready = crypto.keyPair(DhGroup.ECP256).share();
      assertThat(ready).hasSize(64).isNotEqualTo(crypto.keyPair(DhGroup.ECP256).share());
    }
  }

  @Test
  void shouldGiveUnpredictableBytesInTheProduct() {
    try (FipsIkeCrypto one = FipsIkeCrypto.create(tasks::add, List.of(), false);
        FipsIkeCrypto other = FipsIkeCrypto.create(tasks::add, List.of(), false)) {
      assertThat(one.random(32)).hasSize(32).isNotEqualTo(one.random(32));
      assertThat(one.random(32)).isNotEqualTo(other.random(32));
    }
  }

  private Pair make(DhGroup group) {
    Pair pair = new Pair(group);
    made.add(pair);
    return pair;
  }

  private void runTasks() {
    while (!tasks.isEmpty()) {
      tasks.removeFirst().run();
    }
  }

  private static final class Pair implements KeyPair {
    private final DhGroup group;
    private boolean destroyed;

    Pair(DhGroup group) {
      this.group = group;
    }

    @Override
    public DhGroup group() {
      return group;
    }

    @Override
    public byte[] share() {
      return new byte[0];
    }

    @Override
    public void destroy() {
      destroyed = true;
    }

    boolean destroyed() {
      return destroyed;
    }
  }
}
