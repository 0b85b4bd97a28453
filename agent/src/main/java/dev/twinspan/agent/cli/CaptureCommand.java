package dev.twinspan.agent.cli;

import dev.twinspan.agent.capture.CaptureClient;
import dev.twinspan.agent.capture.KeyFolder;
import dev.twinspan.agent.capture.PcapngReader;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.StatusReader;
import dev.twinspan.agent.terminal.Terminal;
import dev.twinspan.datapath.capture.CaptureRing.Kind;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sun.misc.Signal;
import tools.jackson.databind.node.ObjectNode;

/** {@code twinspan capture}. */
@Command(
    name = "capture",
    description = {
      "Writes IKE messages and, where asked for, ESP and inner packets as pcapng for Wireshark.",
      "",
      "  twinspan capture hub-weu/in0 --esp -o in0.pcapng --seconds 60",
      "  twinspan capture --inner | wireshark -k -i -",
      "  ssh root@box twinspan capture --inner | wireshark -k -i -",
      ""
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "With --with-keys DIR, DIR is Wireshark's configuration folder for this capture:",
      "  WIRESHARK_CONFIG_DIR=DIR wireshark in0.pcapng",
      "The keys open what is captured and nothing else: CHILD SAs get new keys when the capture",
      "begins, all SAs when it ends. For the handshake too: twinspan tunnel reset NAME meanwhile."
    })
final class CaptureCommand implements Callable<Integer> {
  private static final Duration PROGRESS = Duration.ofMillis(500);

  @Parameters(
      paramLabel = "NAME",
      arity = "0..1",
      description = "CONNECTION/INSTANCE, see status. Default: all tunnels")
  private @Nullable String name;

  @Option(names = "--esp", description = "ESP packets too, as on the wire.")
  private boolean esp;

  @Option(
      names = "--inner",
      description = "Also the IP packets inside: super-packets whole, as on the LAN device.")
  private boolean inner;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      defaultValue = "-",
      description = "Where to; - is standard output. Default: ${DEFAULT-VALUE}")
  private String output = "-";

  @Option(names = "--seconds", paramLabel = "N", description = "Ends after so long. Default: 3600")
  private @Nullable Long seconds;

  @Option(names = "--packets", paramLabel = "N", description = "Ends after so many packets.")
  private @Nullable Long packets;

  @Option(
      names = "--snap",
      paramLabel = "N",
      description = "Keeps so many bytes of each packet. Default: 65535")
  private @Nullable Integer snap;

  @Option(
      names = "--with-keys",
      paramLabel = "DIR",
      description = "Also fetches the keys, into a new folder for you alone. They open everything.")
  private @Nullable Path keyPath;

  @Option(names = "--json", description = "The summary for machines; on standard error with -o -.")
  private boolean json;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private SocketOption socket;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  private long shownAt = System.nanoTime();

  @Override
  public Integer call() throws CommandFailure {
    boolean toStdout = output.equals("-");
    if (toStdout && Terminal.isTerminal()) {
      throw new CommandFailure(
          ExitCode.USAGE, "standard output is a terminal: name a file with -o, or pipe it on");
    }
    try (KeyFolder keys = keyPath == null ? null : KeyFolder.open(keyPath);
        CaptureClient client = CaptureClient.start(socket.path(), query())) {
      warn(keys);
      Signal.handle(new Signal("INT"), _ -> client.stop());
      Signal.handle(new Signal("TERM"), _ -> client.stop());
      boolean complete = copy(client, keys, toStdout);
      summary(client.counts(), keys, toStdout);
      if (!complete) {
        throw new CommandFailure(ExitCode.FAILED, "the agent ended the capture early: see its log");
      }
      return ExitCode.OK;
    } catch (CaptureClient.Refused refused) {
      throw new CommandFailure(ExitCode.FAILED, sentence(refused));
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()));
    }
  }

  private String query() {
    StringBuilder query = new StringBuilder();
    query.append("esp=").append(esp).append("&inner=").append(inner);
    query.append("&keys=").append(keyPath != null);
    if (name != null) {
      query.append("&tunnel=").append(URLEncoder.encode(name, StandardCharsets.UTF_8));
    }
    append(query, "seconds", seconds);
    append(query, "packets", packets);
    append(query, "snap", snap);
    return query.toString();
  }

  private static void append(StringBuilder query, String parameter, @Nullable Number value) {
    if (value != null) {
      query.append('&').append(parameter).append('=').append(value);
    }
  }

  private boolean copy(CaptureClient client, @Nullable KeyFolder keys, boolean toStdout)
      throws IOException {
    try (OutputStream out = new BufferedOutputStream(open(toStdout), 64 << 10)) {
      return client.copy(out, keys, () -> progress(client.counts()));
    } catch (IOException e) {
      if (toStdout && String.valueOf(e.getMessage()).contains("Broken pipe")) {
        return true; // whoever read it has seen enough
      }
      throw e;
    }
  }

  /** Packets are nobody else's business. */
  private OutputStream open(boolean toStdout) throws IOException {
    if (toStdout) {
      return new FileOutputStream(FileDescriptor.out);
    }
    return Channels.newOutputStream(
        FileChannel.open(
            Path.of(output),
            Set.of(
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
  }

  // --- what people read -------------------------------------------------------------------------

  private void warn(@Nullable KeyFolder keys) {
    PrintWriter err = spec.commandLine().getErr();
    if (keys != null) {
      err.printf(
          "WARNING: whoever reads %s reads everything in this capture, passwords included.%n"
              + "         Do not send both to anybody; delete %s when you are done.%n",
          keys.path(), keys.path());
    }
    err.flush();
  }

  private void progress(PcapngReader counts) {
    long now = System.nanoTime();
    if (json || !Terminal.isTerminal(2) || now - shownAt < PROGRESS.toNanos()) {
      return;
    }
    shownAt = now;
    PrintWriter err = spec.commandLine().getErr();
    err.print("\r" + words(counts) + "  (Ctrl-C ends)\u001b[K");
    err.flush();
  }

  private String words(PcapngReader counts) {
    StringBuilder words = new StringBuilder();
    words.append("%d packets: %d IKE".formatted(counts.packets(), counts.packets(Kind.IKE)));
    if (esp) {
      words.append(", %d ESP".formatted(counts.packets(Kind.ESP)));
    }
    if (inner) {
      words.append(", %d inner".formatted(counts.packets(Kind.INNER)));
    }
    words.append(String.format(Locale.ROOT, "; %.1f MB", counts.bytes() / 1e6));
    words.append("; %d dropped".formatted(counts.dropped()));
    return words.toString();
  }

  private void summary(PcapngReader counts, @Nullable KeyFolder keys, boolean toStdout) {
    PrintWriter to = json && !toStdout ? spec.commandLine().getOut() : spec.commandLine().getErr();
    if (json) {
      to.print(Json.pretty(tree(counts, keys)));
    } else {
      to.println(
          (Terminal.isTerminal(2) ? "\r\u001b[K" : "")
              + words(counts)
              + (toStdout ? "" : " in " + output));
      if (counts.dropped() > 0) {
        to.println("Dropped for want of room: try --snap 128, one tunnel, or without --inner.");
      }
      if (keys != null) {
        to.printf(
            "Keys of %d IKE SAs and %d CHILD SAs in %s: WIRESHARK_CONFIG_DIR=%s wireshark %s%n",
            keys.ikeSas(), keys.childSas(), keys.path(), keys.path(), toStdout ? "FILE" : output);
      }
    }
    to.flush();
  }

  private ObjectNode tree(PcapngReader counts, @Nullable KeyFolder keys) {
    ObjectNode tree = Json.object();
    tree.put("file", output).put("tunnel", name).put("bytes", counts.bytes());
    ObjectNode captured = tree.putObject("packets");
    ObjectNode dropped = tree.putObject("dropped");
    for (Kind kind : Kind.values()) {
      String label = kind.name().toLowerCase(Locale.ROOT);
      captured.put(label, counts.packets(kind));
      dropped.put(label, counts.dropped(kind));
    }
    if (keys != null) {
      tree.putObject("keys")
          .put("folder", keys.path().toString())
          .put("ikeSas", keys.ikeSas())
          .put("childSas", keys.childSas());
    }
    return tree;
  }

  private static String sentence(CaptureClient.Refused refused) {
    try {
      return StatusReader.result(Json.parse(String.valueOf(refused.getMessage()))).sentence();
    } catch (Json.Malformed e) {
      return "the agent's answer is no JSON: " + e.getMessage();
    }
  }
}
