package dev.twinspan.agent.cli;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.page.PageServer;
import dev.twinspan.agent.page.PageSite;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/** {@code twinspan fleet serve}. */
@Command(
    name = "serve",
    description = {
      "Serves the fleet's page until SIGTERM or Ctrl-C.",
      "The page itself connects to the broker over WebSockets, as whom you log in there: this",
      "program sees neither password nor boxes. Any web server can serve the same files; the",
      "broker needs a listener for WebSockets (a sample is in fleet/mosquitto.conf).",
      "It speaks plain HTTP: beyond this machine put a proxy with TLS in front."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:stopped as asked",
      "1:it cannot listen there",
      "2:the command line is wrong"
    })
final class FleetServeCommand implements Callable<Integer> {
  private static final int LAST_PORT = 65_535;
  private static final Set<String> HERE = Set.of("localhost", "127.0.0.1", "[::1]");

  @Option(
      names = "--broker",
      required = true,
      paramLabel = "URL",
      description = "The broker as the browser reaches it: wss://HOST[:PORT][/PATH].")
  private String broker = "";

  @Option(
      names = "--listen",
      paramLabel = "ADDRESS:PORT",
      defaultValue = "127.0.0.1:8090",
      description = "Where to listen. Default: ${DEFAULT-VALUE}")
  private String listen = "";

  @Option(names = "--json", description = "Say where it listens as JSON.")
  private boolean json;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  @Override
  public Integer call() throws CommandFailure {
    URI url = url();
    InetSocketAddress address = address();
    PageSite site = PageSite.fleet(url);
    if (!site.missing().isEmpty()) {
      throw new CommandFailure(
          ExitCode.FAILED,
          "built without %s: build it on a machine that has npm"
              .formatted(String.join(", ", site.missing())));
    }
    try (PageServer server = PageServer.start(address, site)) {
      CountDownLatch stop = new CountDownLatch(1);
      Map<Signal, SignalHandler> before = new HashMap<>();
      for (String name : new String[] {"TERM", "INT"}) {
        Signal signal = new Signal(name);
        before.put(signal, Signal.handle(signal, _ -> stop.countDown()));
      }
      tell(server.address(), url);
      stop.await();
      before.forEach(Signal::handle);
      return ExitCode.OK;
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.FAILED,
          "--listen %s: %s: give an address of this machine and a port that nobody has"
              .formatted(listen, e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitCode.FAILED;
    }
  }

  private void tell(InetSocketAddress address, URI url) {
    String host = address.getAddress().getHostAddress();
    String page =
        "http://%s:%d/".formatted(host.contains(":") ? "[" + host + "]" : host, address.getPort());
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.compact(Json.object().put("page", page).put("broker", url.toString())));
    } else {
      out.printf("the fleet's page is at %s, its broker %s; Ctrl-C ends it%n", page, url);
      if (!address.getAddress().isLoopbackAddress()) {
        spec.commandLine()
            .getErr()
            .println(
                "twinspan: others reach it without TLS and could be shown another page that asks"
                    + " for the broker's password: put a proxy with TLS in front");
      }
    }
    out.flush();
  }

  private URI url() {
    try {
      URI url = new URI(broker);
      boolean safe =
          "wss".equals(url.getScheme())
              || ("ws".equals(url.getScheme()) && HERE.contains(String.valueOf(url.getHost())));
      if (safe
          && url.getHost() != null
          && url.getRawUserInfo() == null
          && url.getRawQuery() == null
          && url.getRawFragment() == null) {
        return url;
      }
    } catch (URISyntaxException _) {
      // said below
    }
    throw new ParameterException(
        spec.commandLine(),
        ("--broker %s: expected wss://HOST[:PORT][/PATH] without user, query or fragment; ws://"
                + " only on this machine")
            .formatted(broker));
  }

  private InetSocketAddress address() {
    int colon = listen.lastIndexOf(':');
    String host = colon < 0 ? "" : listen.substring(0, colon);
    try {
      int port = Integer.parseInt(listen.substring(colon + 1));
      boolean literal = host.startsWith("[") || host.matches("[0-9.]+");
      if (port >= 0 && port <= LAST_PORT && literal) {
        return new InetSocketAddress(InetAddress.getByName(host), port);
      }
    } catch (NumberFormatException | UnknownHostException _) {
      // said below
    }
    throw new ParameterException(
        spec.commandLine(),
        "--listen %s: expected an address and a port, as 127.0.0.1:8090 or [::1]:8090"
            .formatted(listen));
  }
}
