package dev.twinspan.agent.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A real server over TLS is asked what it has; what it says is held to what an order may say. */
@ParameterizedClass(name = "fips: {0}")
@ValueSource(booleans = {false, true})
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EnquiryTest {
  private static final String DIGEST = "ab".repeat(32);

  /** Its mode stays with the thread of a test, which is therefore no other test's. */
  @Parameter boolean fips;

  @TempDir Path folder;
  private BundleServer server;

  @BeforeEach
  void begin() throws Exception {
    server = new BundleServer(folder);
    server.content = new byte[70_001];
    server.digest = DIGEST + "  twinspan.raucb\n";
  }

  @AfterEach
  void end() {
    server.close();
  }

  private UpdateOrder asked(String sha256, long size) throws Exception {
    return new Enquiry(server.boxTls(fips), Duration.ofSeconds(20))
        .complete(UpdateOrder.atTerminal(server.url(), sha256, size, true));
  }

  private UpdateRefusal refused(String sha256, long size) {
    UpdateRefusal refusal = catchThrowableOfType(UpdateRefusal.class, () -> asked(sha256, size));
    assertThat(refusal).isNotNull();
    return refusal;
  }

  @Test
  void shouldLearnSizeAndDigestAndAskForNothingThatWasSaid() throws Exception {
    assertThat(asked("", 0))
        .isEqualTo(UpdateOrder.of("terminal", server.url(), DIGEST, 70_001, true, "by-hand"));
    server.digest = "";
    assertThat(asked("cd".repeat(32), 0).size()).isEqualTo(70_001);
    server.status = 404;
    assertThat(asked("cd".repeat(32), 7).size()).isEqualTo(7);
  }

  @Test
  void shouldSayWhatToGiveWhenTheServerDoesNotTell() {
    server.digest = "";
    assertThat(refused("", 0).sentence()).contains(".sha256", "answers 404", "--sha256");
    server.digest = "no digest\u001b[2J";
    assertThat(refused("", 0).sentence()).contains("answers 200 no digest?[2J", "sha256sum");
    server.digest = DIGEST.repeat(100);
    assertThat(refused("", 0).reason()).as("of a file without an end").isEqualTo("unreachable");
    server.status = 403;
    assertThat(refused("", 0).sentence()).contains("answers 403", "--size");
    server.status = 0;
    server.content = new byte[0];
    assertThat(refused(DIGEST, 0).sentence()).contains("size is 0");
  }

  @Test
  void shouldSayWhyTheServerCannotBeAsked() throws Exception {
    UpdateOrder order = UpdateOrder.atTerminal(server.url(), "", 0, false);
    server.close();
    UpdateRefusal refusal =
        catchThrowableOfType(
            UpdateRefusal.class,
            () -> new Enquiry(server.boxTls(fips), Duration.ofSeconds(20)).complete(order));
    assertThat(refusal.reason()).isEqualTo("unreachable");
    assertThat(refusal.sentence()).contains(server.url());
  }

  @Test
  void shouldPutTheDigestsNameBeforeAQuery() {
    assertThat(Enquiry.beside("https://a.example/b.raucb?sig=1%2F2").toString())
        .isEqualTo("https://a.example/b.raucb.sha256?sig=1%2F2");
  }
}
