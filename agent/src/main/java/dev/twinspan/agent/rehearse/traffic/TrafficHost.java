package dev.twinspan.agent.rehearse.traffic;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The process that makes traffic in a host's namespace ({@code twinspan rehearse traffic}, hidden):
 * reads one request per line, answers each with one line. Ends with its input.
 *
 * <pre>
 * {"do":"serve"}                                                      → {}
 * {"do":"udp","target":"10.10.0.10","flows":16,"rate":50,"size":512}  → {}
 * {"do":"tcp","target":"10.10.0.10","flows":64,"rate":10}             → {}
 * {"do":"mark"}                                                       → {}
 * {"do":"hold"}                                                       → {}
 * {"do":"report"}                                                     → {"flows":[…],"echoed":[…]}
 * {"do":"file","target":…,"up":true,"connections":4,"bytes":20971520} → {"intact":true,"nanos":…}
 * {"do":"stop"}                                                       → {}
 * a failure                                                           → {"error":"…"}
 * </pre>
 *
 * Single-threaded but for the traffic's own threads.
 */
public final class TrafficHost {
  static final int UDP_PORT = 7000;
  static final int TCP_PORT = 7001;
  private static final JsonMapper JSON = JsonMapper.shared();

  private final List<AutoCloseable> servers = new ArrayList<>();
  private @Nullable UdpEcho echo;
  private @Nullable UdpFlows udp;
  private @Nullable TcpFlows tcp;

  /** Serves requests until the input ends. */
  public void run(BufferedReader requests, PrintStream answers) throws IOException {
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      ObjectNode answer = JSON.createObjectNode();
      try {
        handle(JSON.readTree(line), answer);
      } catch (Exception e) {
        answer = JSON.createObjectNode().put("error", line + ": " + e);
      }
      answers.println(JSON.writeValueAsString(answer));
      answers.flush();
    }
  }

  private void handle(JsonNode request, ObjectNode answer) throws Exception {
    switch (request.get("do").stringValue()) {
      case "serve" -> {
        echo = new UdpEcho(UDP_PORT);
        servers.add(echo);
        servers.add(new TcpServer(TCP_PORT));
      }
      case "udp" ->
          udp =
              new UdpFlows(
                  target(request, UDP_PORT),
                  request.get("flows").intValue(),
                  request.get("rate").doubleValue(),
                  request.get("size").intValue());
      case "tcp" ->
          tcp =
              new TcpFlows(
                  target(request, TCP_PORT),
                  request.get("flows").intValue(),
                  request.get("rate").doubleValue());
      case "mark" -> mark();
      case "hold" -> hold();
      case "report" -> report(answer);
      case "file" -> file(request, answer);
      case "stop" -> stop();
      case String other -> throw new IllegalArgumentException("unknown request " + other);
    }
  }

  private static InetSocketAddress target(JsonNode request, int port) {
    return new InetSocketAddress(request.get("target").stringValue(), port);
  }

  private void mark() {
    if (echo != null) {
      echo.mark();
    }
    if (udp != null) {
      udp.mark();
    }
    if (tcp != null) {
      tcp.mark();
    }
  }

  private void hold() {
    if (udp != null) {
      udp.hold();
    }
  }

  private void report(ObjectNode answer) {
    List<FlowReport> flows = new ArrayList<>();
    if (udp != null) {
      flows.addAll(udp.reports());
    }
    if (tcp != null) {
      flows.addAll(tcp.reports());
    }
    write(answer, "flows", flows);
    write(answer, "echoed", echo == null ? List.of() : echo.reports());
  }

  private static void write(ObjectNode answer, String name, List<FlowReport> reports) {
    var array = answer.putArray(name);
    reports.forEach(report -> report.writeTo(array.addObject()));
  }

  private static void file(JsonNode request, ObjectNode answer) throws Exception {
    InetSocketAddress server = target(request, TCP_PORT);
    boolean up = request.get("up").booleanValue();
    int connections = request.get("connections").intValue();
    long each = request.get("bytes").longValue() / connections;
    long began = System.nanoTime();
    List<CompletableFuture<Boolean>> parts = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      long seed = i + 1;
      CompletableFuture<Boolean> part = new CompletableFuture<>();
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  part.complete(FileTransfer.run(server, up, each, seed));
                } catch (IOException e) {
                  part.completeExceptionally(e);
                }
              });
      parts.add(part);
    }
    boolean intact = true;
    for (CompletableFuture<Boolean> part : parts) {
      intact &= part.get();
    }
    answer.put("intact", intact).put("nanos", System.nanoTime() - began);
  }

  private void stop() throws IOException {
    if (udp != null) {
      udp.close();
      udp = null;
    }
    if (tcp != null) {
      tcp.close();
      tcp = null;
    }
  }
}
