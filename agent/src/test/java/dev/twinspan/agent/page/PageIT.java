package dev.twinspan.agent.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.metrics.FullStatus;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The fleet's page in headless Chromium, as `twinspan fleet serve` serves it, fed by stock
 * mosquitto over TLS WebSockets with the shipped configuration: a viewer logs in, sees the worst
 * box first, looks for one and opens it; a late will changes nothing; a controller drains a tunnel
 * and sees the box's answers, a viewer is told that he may not. Nothing is said in the browser's
 * console, and axe finds nothing that shuts somebody out, by day and by night.
 *
 * <p>{@code -Dtwinspan.boxes=10000}: with so many boxes, and what finding and opening one takes is
 * held to 200 ms of script; {@code -Dtwinspan.pictures=FOLDER} keeps pictures.
 */
@Timeout(900)
class PageIT {
  private static final int BOXES = Integer.getInteger("twinspan.boxes", 60);
  private static final double MOST_MILLIS = 200;
  private static final String PICTURES = System.getProperty("twinspan.pictures", "");
  private static final Path DOCUMENT = Path.of("src/main/dist/fleet/asyncapi.yaml");
  private static final String FIRST =
      "document.querySelector('#view-boxes .space .row:not([hidden])')?.innerText";

  @TempDir private Path folder;
  private PageBroker broker;
  private PageServer server;
  private Chromium browser;

  @BeforeAll
  static void findPrograms() {
    assumeTrue(Files.isExecutable(Path.of("/usr/sbin/mosquitto")), "missing: package mosquitto");
    assumeTrue(Files.isExecutable(Chromium.PROGRAM), "missing: package chromium");
    assumeTrue(
        PageSite.fleet(URI.create("wss://localhost")).missing().isEmpty(),
        "missing: npm, when this was built");
  }

  @BeforeEach
  void start() throws Exception {
    broker = new PageBroker(Files.createDirectory(folder.resolve("broker")));
    server =
        PageServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            PageSite.fleet(URI.create(broker.url())));
    browser = new Chromium(Files.createDirectory(folder.resolve("profile")));
  }

  @AfterEach
  void stop() throws IOException {
    if (browser != null) {
      browser.close();
    }
    if (server != null) {
      server.close();
    }
    if (broker != null) {
      broker.close();
    }
  }

  @Test
  void shouldShowTheFleetWorstFirst() throws Exception {
    List<ToldBox> boxes = boxes();
    ToldBox lost = boxes.get(BOXES / 2);
    ToldBox back = boxes.get(BOXES / 3);
    payloadsFit(boxes.getFirst());
    for (ToldBox box : boxes) {
      broker.tell(box, "state", box.state("ready", 2));
    }
    broker.tell(lost, "state", lost.state("lost", 2));
    browser.open(url());
    logIn("viewer");
    browser.await("twinspan.fleet.boxes.size === " + BOXES);
    tellHealth(boxes, 3);
    // Health is QoS 0: what a slow browser misses is told again, as boxes do.
    Chromium.await(
        "all boxes' health",
        () -> {
          try {
            if (browser.run("twinspan.fleet.summary().counts.unknown").asInt(-1) == 0) {
              return true;
            }
            tellHealth(boxes, 1);
            return false;
          } catch (IOException | MqttException e) {
            throw new AssertionError(e);
          }
        });

    browser.await(FIRST + ".includes('" + lost.device + "')");
    assertThat(browser.run(FIRST).asString()).startsWith("lost");

    // The will of the life before, which the broker published late.
    broker.tell(back, "state", back.state("lost", 1));
    broker.tell(back, "event", back.event(2, 3, "tunnel_lost", "said after the will"));
    browser.await("twinspan.fleet.boxes.get('" + id(back) + "').events.length === 1");
    assertThat(presence(back)).isEqualTo("ready");
    assertThat(browser.run("twinspan.fleet.summary().counts.lost").asInt()).isEqualTo(1);
    picture("boxes");

    find(back);
    browser.key("Escape", "");
    browser.await("document.getElementById('detail').hidden");
    views();
    int checks = modules();
    report(checks);
    accessible("document");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void shouldSteerABoxAfterAConfirmation() throws Exception {
    ToldBox box = new ToldBox("lyon", "branch-0017", 17);
    broker.tell(box, "state", box.state("ready", 1));
    broker.tell(box, "about", box.about(1));
    BlockingQueue<MqttMessage> orders = orders();
    browser.open(url() + "#lyon/branch-0017");
    logIn("viewer");
    ask(box);
    browser.await(
        "document.querySelector('.commands')?.innerText.includes('log in as controller')");
    assertThat(orders).isEmpty();

    browser.run("document.getElementById('log-out').click()");
    logIn("controller");
    ask(box);
    MqttMessage order = orders.poll(120, TimeUnit.SECONDS);
    assertThat(order).as("the command").isNotNull();
    assertThat(new String(order.getPayload(), StandardCharsets.UTF_8))
        .isEqualTo("{\"tunnel\":\"hub-weu/in1\"}");
    MqttProperties properties = order.getProperties();
    String correlation = new String(properties.getCorrelationData(), StandardCharsets.UTF_8);
    assertThat(correlation).matches("[A-Za-z0-9._-]{1,64}");
    assertThat(properties.getResponseTopic()).isEqualTo(box.topic("ack/" + correlation));
    assertThat(properties.getMessageExpiryInterval()).isBetween(1L, 3600L);
    assertThat(order.isRetained()).isFalse();
    broker.tell(
        box,
        "ack/" + correlation,
        box.ack(correlation, "drain", "running").put("step", "moving_flows").put("percent", 40));
    browser.await("document.querySelector('.commands')?.innerText.includes('moving flows 40 %')");
    accessible("document");
    broker.tell(box, "ack/" + correlation, box.ack(correlation, "drain", "done"));
    browser.await("document.querySelector('.commands [data-stage=done]') !== null");
    picture("steered");
    assertThat(browser.complaints()).isEmpty();
  }

  /** Without a broker: from the agent itself, which a test's status stands for. */
  @Test
  void shouldShowABoxByItself() throws Exception {
    AtomicInteger seconds = new AtomicInteger(10);
    PageSite site = PageSite.box(() -> FullStatus.at(seconds.getAndIncrement()));
    InetSocketAddress here = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (PageServer own = PageServer.start(here, site)) {
      browser.open("http://127.0.0.1:" + own.address().getPort() + "/");
      browser.await("document.querySelectorAll('.tunnel').length === 2");
      browser.await("document.querySelectorAll('.tunnel canvas').length === 6");
      assertThat(browser.run("document.body.innerText").asString())
          .contains("psk-mismatch: hub-weu/in1:", "What mends it", "that psk names")
          .contains("branch-0017", "degraded", "hub-weu/in0", "hub-weu/in1", "Events");
      int asked = seconds.get();
      Chromium.await("another look", () -> seconds.get() > asked + 1);
      accessible("document");
      picture("own");
    }
    browser.await("document.getElementById('live').textContent.startsWith('No answer since')");
    // What the browser itself says of a server that has gone is no fault of the page.
    assertThat(browser.complaints()).allMatch(told -> told.contains("ERR_CONNECTION_REFUSED"));
  }

  private String url() {
    return "http://127.0.0.1:" + server.address().getPort() + "/";
  }

  private static List<ToldBox> boxes() {
    List<ToldBox> boxes = new ArrayList<>();
    String[] towns = {"lyon", "porto", "gdansk", "turku", "ghent", "brno", "cork", "graz", "split"};
    for (int i = 0; i < BOXES; i++) {
      String town = towns[i % towns.length];
      String site = i < 9 * towns.length ? town : town + "-" + i / (9 * towns.length);
      boxes.add(new ToldBox(site, "branch-%04d".formatted(i), i));
    }
    return boxes;
  }

  private static String id(ToldBox box) {
    return box.site + "/" + box.device;
  }

  private String presence(ToldBox box) throws IOException {
    return browser.run("twinspan.fleet.boxes.get('" + id(box) + "').presence").asString();
  }

  /** A few boxes have something to complain of, the others are well. */
  private void tellHealth(List<ToldBox> boxes, int times) throws MqttException {
    for (int i = 0; i < times; i++) {
      for (int b = 0; b < boxes.size(); b++) {
        boolean down = b % 41 == 3;
        boolean degraded = b % 29 == 5;
        boolean lossy = b % 23 == 7;
        broker.tell(
            boxes.get(b),
            "health",
            boxes
                .get(b)
                .health(
                    2,
                    down ? "lost" : "up",
                    down || degraded ? "lost" : lossy ? "suspect" : "up",
                    lossy ? 0.034 : 0.0004));
      }
    }
  }

  private void logIn(String user) throws IOException {
    browser.await("document.getElementById('login').open");
    browser.run("document.querySelector('#login [name=user]').select()");
    browser.type(user);
    browser.run("document.querySelector('#login [name=password]').focus()");
    browser.type(PageBroker.PASSWORD);
    browser.run("document.querySelector('#login [type=submit]').click()");
    browser.await("document.getElementById('link').dataset.link === 'on'");
  }

  /** By keys alone: / and words, down and Enter. */
  private void find(ToldBox box) throws IOException, MqttException {
    broker.tell(box, "about", box.about(2));
    browser.run("document.body.focus()");
    browser.key("/", "/");
    browser.await("document.activeElement.id === 'query'");
    browser.type(box.device);
    browser.await(FIRST + ".includes('" + box.device + "')");
    assertThat(browser.run("document.getElementById('kept').textContent").asString())
        .startsWith("1 of ");
    browser.key("ArrowDown", "");
    browser.key("Enter", "\r");
    browser.await("!document.getElementById('detail').hidden");
    browser.await("document.querySelectorAll('#detail .tunnel').length === 2");
    browser.await("document.querySelectorAll('#detail .tunnel .actions button').length > 0");
    assertThat(browser.run("document.activeElement.textContent").asString()).isEqualTo(box.device);
    assertThat(browser.run("document.getElementById('detail').innerText").asString())
        .contains("hub-weu/in0", "hub-weu/in1", "said after the will", "AES-NI and VAES");
    browser.run("twinspan.query.value = ''; twinspan.filter()");
    picture("box");
    accessible("#detail");
  }

  private void views() throws IOException {
    for (String view : List.of("sites", "events", "versions")) {
      browser.run("document.getElementById('tab-" + view + "').click()");
      browser.await("!document.getElementById('view-" + view + "').hidden");
      if (view.equals("sites")) {
        browser.run("twinspan.sites.list.options.onOpen(twinspan.sites.list.items[0])");
      }
      accessible("main");
      picture(view);
    }
    browser.run("document.getElementById('tab-boxes').click()");
  }

  private int modules() throws IOException {
    JsonNode told = browser.run(resource("modules.test.js"));
    assertThat(told.get("wrong")).isEmpty();
    assertThat(told.get("checks").asInt()).isGreaterThan(30);
    return told.get("checks").asInt();
  }

  private void report(int checks) throws IOException {
    JsonNode millis =
        browser.run(
            "(() => { const list = (name) => performance.getEntriesByName(name, 'measure').map((m)"
                + " => m.duration); return {filter: Math.max(...list('filter')), open:"
                + " Math.max(...list('open'))}; })()");
    double filter = millis.get("filter").asDouble();
    double open = millis.get("open").asDouble();
    System.err.printf(
        "page: %d boxes, %d checks of modules; script to filter %.1f ms, to open a box %.1f ms%n",
        BOXES, checks, filter, open);
    if (BOXES >= 10_000) {
      assertThat(filter).isLessThan(MOST_MILLIS);
      assertThat(open).isLessThan(MOST_MILLIS);
    }
  }

  private void ask(ToldBox box) throws Exception {
    String button = "[...document.querySelectorAll('#detail .tunnel .actions button')]";
    Chromium.await(
        "buttons",
        () -> {
          try {
            broker.tell(box, "health", box.health(1, "up", "up", 0));
            return browser.run(button + ".length === 10").asBoolean(false);
          } catch (IOException | MqttException e) {
            throw new AssertionError(e);
          }
        });
    browser.run(button + ".filter((b) => b.textContent === 'Drain')[1].click()");
    browser.await("document.getElementById('confirm').open");
    assertThat(browser.run("document.getElementById('confirm').innerText").asString())
        .contains("Drain hub-weu/in1?", "branch-0017 at lyon");
    accessible("#confirm");
    browser.run("document.querySelector('#confirm [type=submit]').click()");
  }

  private BlockingQueue<MqttMessage> orders() throws MqttException {
    BlockingQueue<MqttMessage> orders = new LinkedBlockingQueue<>();
    broker.boxes.setCallback(
        new MqttCallback() {
          @Override
          public void messageArrived(String topic, MqttMessage message) {
            orders.add(message);
          }

          @Override
          public void disconnected(MqttDisconnectResponse response) {}

          @Override
          public void mqttErrorOccurred(MqttException exception) {}

          @Override
          public void deliveryComplete(IMqttToken token) {}

          @Override
          public void connectComplete(boolean reconnect, String uri) {}

          @Override
          public void authPacketArrived(int reason, MqttProperties properties) {}
        });
    broker.boxes.subscribe("twinspan/1/+/+/cmd/+", 1);
    return orders;
  }

  /** Of what this speaks in boxes' names, so that the page is fed what boxes say. */
  private static void payloadsFit(ToldBox box) throws IOException {
    JsonNode document = new YAMLMapper().readTree(Files.readString(DOCUMENT));
    for (var told :
        List.of(
            java.util.Map.entry("state", box.state("ready", 1)),
            java.util.Map.entry("health", box.health(1, "up", "suspect", 0.5)),
            java.util.Map.entry("about", box.about(1)))) {
      ObjectNode root = Json.object();
      root.put("$ref", "#/components/schemas/" + told.getKey());
      root.set("components", document.get("components"));
      assertThat(
              SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                  .getSchema(root.toString())
                  .validate(told.getValue().toString(), InputFormat.JSON))
          .isEmpty();
    }
  }

  /** By night only what has to do with colours. */
  private void accessible(String what) throws IOException {
    if (!browser.run("typeof axe === 'object'").asBoolean(false)) {
      browser.run(resource("axe/axe.min.js") + "; null");
    }
    for (boolean dark : List.of(true, false)) {
      browser.dark(dark);
      String context = what.equals("document") ? what : "'" + what + "'";
      JsonNode violations =
          browser.run(
              "axe.run("
                  + context
                  + (dark ? ", {runOnly: ['color-contrast']}" : "")
                  + ").then(({violations}) => violations.map(({id, nodes}) => id + ': ' +"
                  + " nodes.slice(0, 3).map((n) => n.target + ' ' + n.failureSummary)))");
      assertThat(violations).as(dark ? "by night" : "by day").isEmpty();
    }
  }

  private static String resource(String name) throws IOException {
    try (InputStream stream = PageIT.class.getResourceAsStream(name)) {
      return new String(
          Objects.requireNonNull(stream, name).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void picture(String name) throws IOException {
    if (PICTURES.isEmpty()) {
      return;
    }
    for (boolean dark : List.of(true, false)) {
      browser.dark(dark);
      browser.run("new Promise((done) => setTimeout(done, 700))");
      Path file = Path.of(PICTURES, name + (dark ? "-dark" : "-light") + ".png");
      browser.picture(file);
    }
  }
}
