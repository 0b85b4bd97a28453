package dev.twinspan.agent.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.SelfCommand;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A fleet at work with its page open: {@code twinspan fleet simulate} puts boxes on stock mosquitto
 * with the shipped configuration and ACL, each over TLS 1.3 with a certificate of its own; a viewer
 * has the page open in headless Chromium, over TLS WebSockets, and looks for boxes and opens them
 * while their health comes in. The page sees every report that was sent, and nobody is lost.
 *
 * <p>{@code -Dtwinspan.boxes=10000} is the size that the page is made for: with it what finding and
 * opening a box takes is held to 200 ms of script; {@code -Dtwinspan.pictures=FOLDER} keeps
 * pictures.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class PageLoadIT {
  private static final int BOXES = Integer.getInteger("twinspan.boxes", 100);
  private static final int LARGE = 10_000;
  private static final double MOST_MILLIS = 200;

  /** Of each box; a small fleet tells more often, so that a test is over soon. */
  private static final int HEALTH_SECONDS = BOXES < 1000 ? 1 : 10;

  /** Health reports of each box between two looks at what it takes. */
  private static final int REPORTS = 4;

  private static final int LOOKS = 10;

  /** Counts in the page what comes in there, and by how much it is late: one machine, one clock. */
  private static final String COUNT =
      """
      (() => {
        const fleet = twinspan.fleet;
        const take = fleet.take.bind(fleet);
        const told = globalThis.told = { messages: 0, health: 0, late: [], longest: 0 };
        fleet.take = (topic, payload, now) => {
          const box = take(topic, payload, now);
          told.messages++;
          if (topic.endsWith('/health')) {
            told.health++;
            if (box !== null && told.late.length < 1e6) told.late.push(now - box.health.time);
          }
          return box;
        };
        new PerformanceObserver((list) => {
          for (const task of list.getEntries()) told.longest = Math.max(told.longest, task.duration);
        }).observe({ type: 'longtask' });
      })()\
      """;

  /** Since the last time. */
  private static final String SEEN =
      """
      (() => {
        const late = told.late.sort((a, b) => a - b);
        const at = (share) => late[Math.max(0, Math.ceil(share * late.length) - 1)] ?? 0;
        const seen = { messages: told.messages, median: at(0.5), p99: at(0.99), worst: at(1), longest: told.longest };
        told.late = [];
        told.longest = 0;
        return seen;
      })()\
      """;

  @TempDir private Path folder;

  @Test
  void shouldKeepUpWithAFleetAtWork() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/sbin/mosquitto")), "missing: package mosquitto");
    assumeTrue(Files.isExecutable(Chromium.PROGRAM), "missing: package chromium");
    assumeTrue(
        PageSite.fleet(URI.create("wss://localhost")).missing().isEmpty(),
        "missing: npm, when this was built");
    try (PageBroker broker = new PageBroker(Files.createDirectory(folder.resolve("broker")));
        PageServer server =
            PageServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                PageSite.fleet(URI.create(broker.url())));
        Chromium browser = new Chromium(Files.createDirectory(folder.resolve("profile")))) {
      Path certificates = Files.createDirectory(folder.resolve("certificates"));
      broker.certify(
          certificates,
          Stream.concat(
              Stream.of("viewer"), IntStream.range(0, BOXES).mapToObj("sim-%05d"::formatted)));
      browser.open("http://127.0.0.1:" + server.address().getPort() + "/");
      logIn(browser);
      browser.run(COUNT);
      Process fleet = simulate(broker, certificates);
      try {
        watch(browser, broker, fleet);
      } finally {
        fleet.destroyForcibly();
      }
      assertThat(browser.complaints()).isEmpty();
    }
  }

  private Path output() {
    return folder.resolve("simulate.json");
  }

  private Process simulate(PageBroker broker, Path certificates) throws IOException {
    List<String> command =
        SelfCommand.of(
            "fleet",
            "simulate",
            "--json",
            "--broker",
            broker.certifiedUrl(),
            "--certificates",
            certificates.toString(),
            "--boxes",
            "" + BOXES,
            "--health-interval",
            "" + HEALTH_SECONDS,
            // Until the page has seen them all, and then as many as are measured, and some more.
            "--seconds",
            "" + HEALTH_SECONDS * (REPORTS + 3),
            "--events",
            "20");
    return new ProcessBuilder(command)
        .redirectOutput(output().toFile())
        .redirectError(folder.resolve("simulate.err").toFile())
        .start();
  }

  private void watch(Chromium browser, PageBroker broker, Process fleet) throws Exception {
    await(
        browser,
        fleet,
        "twinspan.fleet.summary().counts.unknown === 0 && twinspan.fleet.boxes.size === " + BOXES);
    browser.run(SEEN);
    double before = browser.run("told.messages").asDouble();
    long start = System.nanoTime();
    Busy brokerBefore = Busy.of(List.of(broker.process()));
    Busy pageBefore = Busy.of(browser.processes());
    Busy fleetBefore = Busy.of(List.of(fleet.toHandle()));
    for (int look = 1; look <= LOOKS; look++) {
      await(
          browser, fleet, "told.messages >= " + (before + (double) look * BOXES * REPORTS / LOOKS));
      look(browser, "sim-%05d".formatted(look * (BOXES - 1) / LOOKS));
    }
    JsonNode seen = browser.run(SEEN);
    double seconds = (System.nanoTime() - start) / 1e9;
    String load = Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
    System.err.printf(
        Locale.ROOT,
        "page at work: %d boxes over TLS, load %s: %.0f messages/s at the page; of a core: broker"
            + " %s, page %s, boxes %s%n",
        BOXES,
        load,
        (seen.get("messages").asDouble() - before) / seconds,
        brokerBefore.until(Busy.of(List.of(broker.process()))),
        pageBefore.until(Busy.of(browser.processes())),
        fleetBefore.until(Busy.of(List.of(fleet.toHandle()))));
    System.err.printf(
        Locale.ROOT,
        "page at work: sent to shown, median %.0f, p99 %.0f, worst %.0f ms; longest task of the"
            + " page %.0f ms%n",
        seen.get("median").asDouble(),
        seen.get("p99").asDouble(),
        seen.get("worst").asDouble(),
        seen.get("longest").asDouble());
    picture(browser);
    scripts(browser);
    complete(browser, broker, fleet);
  }

  /** Nothing that was sent is missing. */
  private void complete(Chromium browser, PageBroker broker, Process fleet) throws Exception {
    assertThat(fleet.waitFor(10, TimeUnit.MINUTES)).as("the end of simulate").isTrue();
    String told = Files.readString(output());
    System.err.println("page at work: " + told.replaceAll("\\s+", " "));
    JsonNode report = Json.parse(told);
    assertThat(report.get("passed").asBoolean())
        .as(told + Files.readString(folder.resolve("simulate.err")) + broker.log())
        .isTrue();
    long sent = report.get("healthSent").asLong();
    assertThat(report.get("seconds").asDouble()).isPositive();
    Chromium.await(
        "the last of %d health reports".formatted(sent),
        () -> {
          try {
            return browser.run("told.health").asLong() >= sent;
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    assertThat(browser.run("told.health").asLong()).isEqualTo(sent);
    assertThat(browser.run("twinspan.fleet.refused.malformed").asInt()).isZero();
  }

  /** Somebody looks for a box, opens it, and goes on. */
  private void look(Chromium browser, String device) throws IOException {
    browser.run("twinspan.query.value = '" + device + "'; twinspan.filter()");
    browser.run("twinspan.boxes.options.onOpen(twinspan.boxes.items[0])");
    assertThat(browser.run("document.querySelector('#detail h2')?.textContent").asString())
        .contains(device);
    browser.run("twinspan.close(); twinspan.query.value = ''; twinspan.filter()");
  }

  private static void scripts(Chromium browser) throws IOException {
    for (String what : List.of("filter", "open")) {
      List<Double> millis = new ArrayList<>();
      browser
          .run("performance.getEntriesByName('" + what + "', 'measure').map((m) => m.duration)")
          .forEach(duration -> millis.add(duration.asDouble()));
      millis.sort(null);
      System.err.printf(
          Locale.ROOT,
          "page at work: script to %s, median %.1f, worst %.1f ms of %d%n",
          what,
          millis.get(millis.size() / 2),
          millis.getLast(),
          millis.size());
      if (BOXES >= LARGE) {
        assertThat(millis.getLast()).as(what).isLessThan(MOST_MILLIS);
      }
    }
  }

  /** For as long as the boxes are there: ten thousand of them take their time. */
  private void await(Chromium browser, Process fleet, String expression) {
    boolean[] so = {false};
    while (!so[0]) {
      try {
        browser.await("(" + expression + ")");
        so[0] = true;
      } catch (AssertionError e) {
        if (!fleet.isAlive()) {
          throw e;
        }
      }
    }
  }

  private static void logIn(Chromium browser) throws IOException {
    browser.await("document.getElementById('login').open");
    browser.run("document.querySelector('#login [name=user]').select()");
    browser.type("viewer");
    browser.run("document.querySelector('#login [name=password]').focus()");
    browser.type(PageBroker.PASSWORD);
    browser.run("document.querySelector('#login [type=submit]').click()");
    browser.await("document.getElementById('link').dataset.link === 'on'");
  }

  private static void picture(Chromium browser) throws IOException {
    String into = System.getProperty("twinspan.pictures", "");
    if (!into.isEmpty()) {
      browser.picture(Path.of(into, "at-work.png"));
    }
  }
}
