package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.rehearse.netns.BenchException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code twinspan rehearse ctl kill in0}: does something to the bench that `--hold` keeps up. */
@Command(
    name = "ctl",
    mixinStandardHelpOptions = true,
    description = "Does something to a bench that is up.",
    footerHeading = "%nVerbs:%n",
    footer = BenchVerbs.USAGE)
final class CtlCommand implements Callable<Integer> {
  @Option(names = "--bench", paramLabel = "DIR", description = "Which bench, when several are up.")
  private @Nullable Path bench;

  @Option(names = "--json", description = "Answer in JSON.")
  private boolean json;

  @Parameters(arity = "1..*", paramLabel = "VERB", description = "See below.")
  private List<String> words = List.of();

  @Override
  public Integer call() {
    try {
      String answer = ask(bench != null ? bench : BenchDirectory.onlyLive());
      JsonNode parsed = JsonMapper.shared().readTree(answer);
      System.out.println(json ? answer : parsed.get("said").stringValue());
      return parsed.get("ok").booleanValue() ? 0 : 1;
    } catch (BenchException e) {
      System.err.println(e.sentence());
      return 1;
    }
  }

  private String ask(Path directory) {
    Path socket = directory.resolve(CtlServer.SOCKET);
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      PrintStream out =
          new PrintStream(Channels.newOutputStream(channel), true, StandardCharsets.UTF_8);
      out.println(String.join(" ", words));
      String answer =
          new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8)).readLine();
      if (answer == null) {
        throw new BenchException("the bench at " + directory + " ended before it answered");
      }
      return answer;
    } catch (IOException e) {
      throw new BenchException(
          "no bench answers at %s (%s): start one with `twinspan rehearse --hold`"
              .formatted(socket, e.getMessage()),
          e);
    }
  }
}
