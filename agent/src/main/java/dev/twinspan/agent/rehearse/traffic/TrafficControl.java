package dev.twinspan.agent.rehearse.traffic;

import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.rehearse.netns.Daemon;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The bench's end of a {@link TrafficHost}. Thread-safe: one request at a time. */
public final class TrafficControl implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** A transfer on a slow path takes its time; everything else is a matter of milliseconds. */
  private static final Duration ANSWER = Duration.ofSeconds(120);

  private final Daemon host;
  private final PrintStream requests;
  private final BufferedReader answers;

  /**
   * @param host {@code twinspan rehearse traffic}, started with its streams open
   */
  public TrafficControl(Daemon host) {
    this.host = host;
    this.requests = new PrintStream(host.process().getOutputStream(), true, StandardCharsets.UTF_8);
    this.answers = host.process().inputReader(StandardCharsets.UTF_8);
  }

  /** Echoes UDP, serves TCP. */
  public void serve() {
    ask(verb("serve"));
  }

  public void udp(String target, int flows, double packetsPerSecond, int size) {
    ask(
        verb("udp")
            .put("target", target)
            .put("flows", flows)
            .put("rate", packetsPerSecond)
            .put("size", size));
  }

  public void tcp(String target, int flows, double messagesPerSecond) {
    ask(verb("tcp").put("target", target).put("flows", flows).put("rate", messagesPerSecond));
  }

  /** Begins a new measurement of gaps. */
  public void mark() {
    ask(verb("mark"));
  }

  /** The UDP flows send no more, but what is on its way is still counted. */
  public void hold() {
    ask(verb("hold"));
  }

  /** Ends the UDP and TCP flows. */
  public void stop() {
    ask(verb("stop"));
  }

  /** The flows that this host sends, UDP and TCP. */
  public List<FlowReport> flows() {
    return reports("flows");
  }

  /** The UDP flows that this host echoes. */
  public List<FlowReport> echoed() {
    return reports("echoed");
  }

  private List<FlowReport> reports(String name) {
    List<FlowReport> reports = new ArrayList<>();
    ask(verb("report")).get(name).forEach(report -> reports.add(FlowReport.readFrom(report)));
    return reports;
  }

  /** How a transfer went. */
  public record Transfer(boolean intact, Duration time) {}

  /**
   * @param bytes in all, spread evenly over the connections
   */
  public Transfer file(String target, boolean up, int connections, long bytes) {
    JsonNode answer =
        ask(
            verb("file")
                .put("target", target)
                .put("up", up)
                .put("connections", connections)
                .put("bytes", bytes));
    return new Transfer(
        answer.get("intact").booleanValue(), Duration.ofNanos(answer.get("nanos").longValue()));
  }

  private static ObjectNode verb(String name) {
    return JSON.createObjectNode().put("do", name);
  }

  private synchronized JsonNode ask(ObjectNode request) {
    try {
      requests.println(JSON.writeValueAsString(request));
      Await.orThrow(
          ANSWER,
          () -> ready() || !host.alive(),
          "%s to answer %s".formatted(host.role(), request),
          host::tail);
      String line = answers.readLine();
      if (line == null) {
        throw new BenchException(
            "%s ended at request %s: %s".formatted(host.role(), request, host.tail()));
      }
      JsonNode answer = JSON.readTree(line);
      if (answer.has("error")) {
        throw new BenchException(host.role() + ": " + answer.get("error").stringValue());
      }
      return answer;
    } catch (IOException e) {
      throw new BenchException("%s does not answer: %s".formatted(host.role(), e.getMessage()), e);
    }
  }

  private boolean ready() {
    try {
      return answers.ready();
    } catch (IOException e) {
      throw new BenchException("%s does not answer: %s".formatted(host.role(), e.getMessage()), e);
    }
  }

  @Override
  public void close() {
    requests.close();
    host.terminate(Duration.ofSeconds(2));
  }
}
