package dev.twinspan.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.status.TunnelStatus.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The page against golden pages in {@code src/test/resources}. With the system property {@code
 * twinspan.update-pages} they are written anew, to be looked at.
 */
class TerminalPageTest {
  private static final Path GOLDEN = Path.of("src/test/resources/dev/twinspan/agent/status/pages");
  private static final TerminalPage.Options UNICODE =
      new TerminalPage.Options(true, ZoneOffset.UTC);
  private static final TerminalPage.Options ASCII = new TerminalPage.Options(false, ZoneOffset.UTC);

  private static StatusHistory history(AgentStatus... copies) {
    StatusHistory history = new StatusHistory(100);
    List.of(copies).forEach(history::add);
    return history;
  }

  private static StatusHistory running() {
    StatusHistory history = new StatusHistory(100);
    // Seconds grow unevenly, so that the rates do, too: counters are linear in the second's square.
    for (int second = 10; second <= 40; second++) {
      AgentStatus status = StatusFixture.both(second * second / 40);
      history.add(at(status, second));
    }
    return history;
  }

  private static AgentStatus at(AgentStatus s, int second) {
    return new AgentStatus(
        s.device(),
        s.site(),
        s.version(),
        s.session(),
        s.since(),
        StatusFixture.at(second),
        s.fips(),
        s.cryptoBackend(),
        s.offloads(),
        s.loops(),
        s.connections(),
        s.bgp(),
        s.routes(),
        s.warnings(),
        s.drills(),
        s.drops(),
        s.events(),
        s.totals(),
        s.added());
  }

  private static String plain(List<PageLine> lines) {
    return String.join("\n", lines.stream().map(PageLine::plain).toList()) + "\n";
  }

  private static void golden(String name, List<PageLine> lines) throws IOException {
    Path file = GOLDEN.resolve(name + ".txt");
    if (Boolean.getBoolean("twinspan.update-pages")) {
      Files.createDirectories(GOLDEN);
      Files.writeString(file, plain(lines));
    }
    assertThat(plain(lines)).isEqualTo(Files.readString(file));
  }

  @Test
  void shouldShowTwoTunnelsOn80By24() throws IOException {
    golden("both-80x24", TerminalPage.render(running(), 80, 24, UNICODE));
  }

  @Test
  void shouldShowTwoTunnelsOn120By40() throws IOException {
    golden("both-120x40", TerminalPage.render(running(), 120, 40, UNICODE));
  }

  @Test
  void shouldShowWhyATunnelFailed() throws IOException {
    golden(
        "failed-80x24",
        TerminalPage.render(
            history(StatusFixture.both(10), StatusFixture.oneFailed(11)), 80, 24, UNICODE));
  }

  @Test
  void shouldShrinkTunnelsToALineWhereThereIsLittleRoom() throws IOException {
    golden(
        "failed-60x12",
        TerminalPage.render(
            history(StatusFixture.both(10), StatusFixture.oneFailed(11)), 60, 12, UNICODE));
  }

  @Test
  void shouldDrawWithAsciiWhereThereIsNothingElse() throws IOException {
    List<PageLine> lines = TerminalPage.render(running(), 80, 24, ASCII);

    golden("both-80x24-ascii", lines);
    assertThat(plain(lines).replace("…", "").replace("–", "")).isASCII();
  }

  @ParameterizedTest
  @CsvSource({"80,24", "20,5", "1,1", "200,60", "33,17", "79,10", "44,1"})
  void shouldNeverBeLargerThanItsRoom(int width, int height) {
    for (StatusHistory history :
        List.of(running(), history(StatusFixture.oneFailed(11)), history(StatusFixture.both(0)))) {
      List<PageLine> lines = TerminalPage.render(history, width, height, UNICODE);

      assertThat(lines).hasSizeLessThanOrEqualTo(height);
      assertThat(lines)
          .allSatisfy(
              line ->
                  assertThat(line.plain().codePointCount(0, line.plain().length()))
                      .isLessThanOrEqualTo(Math.max(20, width)));
    }
  }

  @Test
  void shouldLetNoEscapeSequenceOfAPeerThrough() {
    TunnelStatus tunnel = StatusFixture.oneFailed(11).tunnels().get(1);
    TunnelStatus hostile =
        new TunnelStatus(
            tunnel.name(),
            tunnel.connection(),
            tunnel.instance(),
            tunnel.state(),
            new Reason("x", "peer says \u001b[2J\u0007\n漢字 now", Map.of("id", "\u009b31m")),
            tunnel.since(),
            tunnel.local(),
            tunnel.remote(),
            tunnel.ike(),
            tunnel.childSas(),
            tunnel.missingPairs(),
            tunnel.traffic(),
            tunnel.rates(),
            tunnel.rtt(),
            tunnel.rekeys(),
            tunnel.retransmits(),
            tunnel.drops());
    AgentStatus s = StatusFixture.oneFailed(11);
    AgentStatus status =
        new AgentStatus(
            s.device(),
            s.site(),
            s.version(),
            s.session(),
            s.since(),
            s.time(),
            s.fips(),
            s.cryptoBackend(),
            s.offloads(),
            s.loops(),
            List.of(new AgentStatus.Connection("hub-weu", "active-active", List.of(hostile))),
            s.bgp(),
            s.routes(),
            s.warnings(),
            s.drills(),
            s.drops(),
            s.events(),
            s.totals(),
            s.added());

    List<PageLine> lines = TerminalPage.render(history(status), 80, 24, UNICODE);

    assertThat(plain(lines)).contains("peer says ?[2J? ?? now");
    assertThat(plain(lines).replace("\n", "").chars()).noneMatch(Character::isISOControl);
    assertThat(StatusTable.render(status).replace("\n", "").chars())
        .noneMatch(Character::isISOControl);
  }

  @Test
  void shouldUseColoursThatAreTakenBack() {
    for (PageLine line : TerminalPage.render(running(), 80, 24, UNICODE)) {
      String coloured = line.ansi();
      assertThat(coloured.split("\u001b\\[0m", -1).length)
          .as("as many ends as beginnings in %s", coloured)
          .isEqualTo((coloured.split("\u001b\\[", -1).length + 1) / 2);
    }
  }

  @Test
  void shouldTakeRatesFromCounters() {
    StatusHistory history = history(StatusFixture.both(10), StatusFixture.both(12));

    assertThat(history.inBits("hub-weu/in0")).containsExactly(800_000_000.0);
    assertThat(history.outBits("hub-weu/in0")).containsExactly(400_000_000.0);
    assertThat(history.inBits("hub-weu/none")).containsExactly(0.0);
  }

  @Test
  void shouldStartAnewWithAnAgentThatWasStartedAnew() {
    AgentStatus before = StatusFixture.both(100);
    AgentStatus s = StatusFixture.both(200);
    AgentStatus restarted =
        new AgentStatus(
            s.device(),
            s.site(),
            s.version(),
            s.session(),
            s.since().plusSeconds(150),
            s.time(),
            s.fips(),
            s.cryptoBackend(),
            s.offloads(),
            s.loops(),
            s.connections(),
            s.bgp(),
            s.routes(),
            s.warnings(),
            s.drills(),
            s.drops(),
            s.events(),
            s.totals(),
            s.added());

    assertThat(history(before, restarted).inBits("hub-weu/in0")).isEmpty();
  }

  @Test
  void shouldForgetWhatIsOld() {
    StatusHistory history = new StatusHistory(3);
    for (int second = 1; second < 10; second++) {
      history.add(StatusFixture.both(second));
    }

    assertThat(history.inBits("hub-weu/in0")).hasSize(2);
  }
}
