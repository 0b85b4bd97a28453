package dev.twinspan.agent.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** From a real server over TLS, whose connections end when they should not. */
@ParameterizedClass(name = "fips: {0}")
@ValueSource(booleans = {false, true})
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DownloadTest {
  /** Its mode stays with the thread of a test, which is therefore no other test's. */
  @Parameter boolean fips;

  private static final Duration STALL = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofNanos(500_000);
  private static final byte[] BUNDLE = RaucStage.image(3);

  @TempDir Path folder;
  private BundleServer server;
  private Path file;
  private final List<Integer> percent = new ArrayList<>();

  @BeforeEach
  void begin() throws Exception {
    server = new BundleServer(folder);
    server.content = BUNDLE;
    file = folder.resolve("state").resolve("update.raucb");
  }

  @AfterEach
  void end() {
    server.close();
  }

  static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private Download of(byte[] wanted) throws Exception {
    UpdateOrder order =
        UpdateOrder.of("o1", server.url(), sha256(wanted), wanted.length, false, "now");
    return new Download(order, file, server.boxTls(fips), STALL, SHORT, percent::add);
  }

  private UpdateRefusal refused(byte[] wanted) throws Exception {
    Download download = of(wanted);
    UpdateRefusal refusal = catchThrowableOfType(UpdateRefusal.class, download::run);
    assertThat(refusal).isNotNull();
    return refusal;
  }

  @Test
  void shouldFetchTheWholeOfIt() throws Exception {
    of(BUNDLE).run();
    assertThat(file).hasBinaryContent(BUNDLE);
    assertThat(percent).isSorted().endsWith(100);
    of(BUNDLE).run();
    assertThat(server.asked).as("what is there is not fetched again").hasSize(1);
  }

  @Test
  void shouldGoOnWhereAConnectionBroke() throws Exception {
    server.breaks.set(3);
    of(BUNDLE).run();
    assertThat(file).hasBinaryContent(BUNDLE);
    assertThat(server.asked).hasSize(4).startsWith("all");
    assertThat(server.asked.subList(1, 4)).allMatch(range -> range.startsWith("bytes="));
  }

  /** As ext4 has it: it is that long, and its end was never written. */
  @Test
  void shouldGoOnWhereThePowerWent() throws Exception {
    byte[] large = new byte[2 * Download.DURABLE_BYTES + 1_000];
    new Random(5).nextBytes(large);
    server.content = large;
    byte[] left = Arrays.copyOf(large, 2 * Download.DURABLE_BYTES);
    Arrays.fill(left, Download.DURABLE_BYTES, left.length, (byte) 0);
    Files.createDirectories(file.getParent());
    Files.write(file, left);
    of(large).run();
    assertThat(file).hasBinaryContent(large);
    assertThat(server.asked).containsExactly("bytes=" + Download.DURABLE_BYTES + "-");
  }

  @Test
  void shouldFetchAnewWhatIsSpoiled() throws Exception {
    byte[] large = Arrays.copyOf(BUNDLE, Download.DURABLE_BYTES + 1_000);
    server.content = large;
    byte[] left = Arrays.copyOf(large, Download.DURABLE_BYTES + 1);
    left[5] ^= 1;
    Files.createDirectories(file.getParent());
    Files.write(file, left);
    of(large).run();
    assertThat(file).hasBinaryContent(large);
    assertThat(server.asked).containsExactly("bytes=" + Download.DURABLE_BYTES + "-", "all");
  }

  @Test
  void shouldTakeNoOctetMoreThanAnnounced() throws Exception {
    UpdateRefusal refusal = refused(Arrays.copyOf(BUNDLE, 1_000));
    assertThat(refusal.reason()).isEqualTo("size");
    assertThat(refusal.sentence()).contains("size is 1000", "200000 bytes");
    assertThat(Files.exists(file) ? Files.size(file) : 0).isLessThanOrEqualTo(1_000);
    server.content = Arrays.copyOf(BUNDLE, 100_000);
    assertThat(refused(BUNDLE).reason()).isEqualTo("size");
  }

  @Test
  void shouldRefuseWhatIsNotWhatWasAnnounced() throws Exception {
    byte[] other = BUNDLE.clone();
    other[100_000] ^= 1;
    server.content = other;
    UpdateRefusal refusal = refused(BUNDLE);
    assertThat(refusal.reason()).isEqualTo("hash");
    assertThat(refusal.sentence()).contains(sha256(BUNDLE), sha256(other));
    assertThat(file).doesNotExist();
  }

  @Test
  void shouldTellWhatTheServerAnswers() throws Exception {
    server.status = 404;
    assertThat(refused(BUNDLE).sentence()).contains("answers 404", "expected 200");
    assertThat(server.asked).hasSize(1);
    server.status = 503;
    UpdateRefusal refusal = refused(BUNDLE);
    assertThat(refusal.reason()).isEqualTo("unreachable");
    assertThat(refusal.sentence()).contains("0 of 200000 bytes", "answers 503");
  }

  @Test
  void shouldRefuseAFullDiskBeforeItAsks() throws Exception {
    long room = Files.getFileStore(folder).getUsableSpace();
    UpdateOrder order = new UpdateOrder("o1", server.url(), sha256(BUNDLE), room, false, "now");
    UpdateRefusal refusal =
        catchThrowableOfType(
            UpdateRefusal.class,
            () -> new Download(order, file, server.boxTls(fips), STALL, SHORT, _ -> {}).run());
    assertThat(refusal.reason()).isEqualTo("disk_full");
    assertThat(refusal.sentence()).contains("the bundle needs");
    assertThat(server.asked).isEmpty();
  }
}
