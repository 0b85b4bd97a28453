package dev.twinspan.agent.fleet.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.fleet.BrokerAddress;
import dev.twinspan.agent.fleet.TestBroker;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many boxes that do not exist on one stock mosquitto: each is born, tells its health, and some of
 * their events; one client listens to all. Nobody is lost, and every message sent is seen. {@code
 * -Dtwinspan.boxes=10000 -Dtwinspan.load.seconds=60} is the size of a large fleet.
 */
class FleetLoadIT {
  private static final int BOXES = Integer.getInteger("twinspan.boxes", 200);
  private static final int SECONDS = Integer.getInteger("twinspan.load.seconds", 3);
  private static final int SMALL = 1_000;

  @TempDir private Path folder;

  @Test
  void shouldSeeEveryMessageOfManyBoxes() throws Exception {
    assumeTrue(TestBroker.installed(), "missing: package mosquitto");
    try (TestBroker broker = TestBroker.plain(folder)) {
      LoadPlan plan =
          new LoadPlan(
              new BrokerAddress(false, "127.0.0.1", broker.port()),
              null,
              BOXES,
              "load",
              "sim-",
              400,
              Duration.ofSeconds(SECONDS),
              // As many messages a second as 2,000 boxes with the usual interval.
              Duration.ofSeconds(BOXES <= SMALL ? 1 : 10),
              20,
              0.1,
              "viewer");
      assertThat(plan.obstacle()).isNull();
      LoadReport report;
      try (LoadRun run = new LoadRun(plan)) {
        report = run.run(_ -> {});
      }
      System.err.print(report.text());
      assertThat(report.faults()).isEmpty();
      assertThat(report.lost()).isZero();
      assertThat(report.healthSent()).isGreaterThanOrEqualTo(BOXES);
      assertThat(report.healthSeen()).isEqualTo(report.healthSent());
      assertThat(report.eventsSent()).isPositive();
      assertThat(report.eventsSeen()).isEqualTo(report.eventsSent());
      assertThat(report.passed()).isTrue();
    }
  }
}
