package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.rehearse.netns.BenchException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes verbs from other terminals on a Unix socket in the bench's directory, which only the
 * bench's owner may enter: a line of words in, a line of JSON out ({@code {"ok":true,"said":"…"}}).
 * Threads: a virtual one that accepts and serves.
 */
final class CtlServer implements AutoCloseable {
  static final String SOCKET = "ctl";

  private final ServerSocketChannel listener;
  private final BenchVerbs verbs;

  CtlServer(Path directory, BenchVerbs verbs) {
    this.verbs = verbs;
    try {
      listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      listener.bind(UnixDomainSocketAddress.of(directory.resolve(SOCKET)));
    } catch (IOException e) {
      throw new BenchException(
          "cannot listen on %s/%s: %s".formatted(directory, SOCKET, e.getMessage()), e);
    }
    Thread.ofVirtual().name("ctl").start(this::serve);
  }

  private void serve() {
    while (listener.isOpen()) {
      try (SocketChannel client = listener.accept()) {
        answer(client);
      } catch (IOException _) {
        // The client went away, or the bench is closing.
      }
    }
  }

  private void answer(SocketChannel client) throws IOException {
    BufferedReader in = new BufferedReader(Channels.newReader(client, StandardCharsets.UTF_8));
    PrintStream out =
        new PrintStream(Channels.newOutputStream(client), true, StandardCharsets.UTF_8);
    String line = in.readLine();
    if (line != null) {
      out.println(run(line));
    }
  }

  private String run(String line) {
    ObjectNode answer = JsonMapper.shared().createObjectNode();
    try {
      answer.put("ok", true).put("said", verbs.run(List.of(line.strip().split("\\s+"))));
    } catch (BenchException e) {
      answer.put("ok", false).put("said", e.sentence());
    }
    return answer.toString();
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      System.err.println("bench: " + e);
    }
  }
}
