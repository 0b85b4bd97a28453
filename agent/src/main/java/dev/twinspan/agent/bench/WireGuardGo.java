package dev.twinspan.agent.bench;

import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.rehearse.netns.Namespace;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * wireguard-go, told by its own socket what to do (wireguard.com/xplatform), so that neither the
 * kernel's WireGuard nor wg(8) is wanted.
 */
final class WireGuardGo implements RivalTunnel {
  static final String PROGRAM = "wireguard-go";

  /** The first with segmentation offloads; it calls its snapshots of that year so. */
  private static final String WITH_OFFLOADS = "v0.0.20230223";

  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final Path SOCKETS = Path.of("/var/run/wireguard");
  private static final String PREFIX = "tw";

  /** Of process, end and tunnel. */
  private static final Pattern OURS = Pattern.compile(PREFIX + "(\\d{1,7})[nf]\\d\\.sock");

  private static final int PORT = 51820;
  private static final int ANSWER = 1024;

  private final RivalStage stage;
  private final List<Path> sockets = new ArrayList<>();
  private @Nullable Daemon near;
  private @Nullable Daemon far;

  WireGuardGo(RivalStage stage) {
    this.stage = stage;
  }

  @Override
  public void start() {
    removeLeftovers();
    WireGuardKey nearKey = WireGuardKey.generate();
    WireGuardKey farKey = WireGuardKey.generate();
    near = end(stage.near(), "n", nearKey, farKey, RivalStage.FAR);
    far = end(stage.far(), "f", farKey, nearKey, RivalStage.NEAR);
  }

  /** A killed bench's processes go with it, their sockets stay. */
  private static void removeLeftovers() {
    if (!Files.isDirectory(SOCKETS)) {
      return;
    }
    try (DirectoryStream<Path> found = Files.newDirectoryStream(SOCKETS, PREFIX + "*.sock")) {
      for (Path socket : found) {
        Matcher matcher = OURS.matcher(socket.getFileName().toString());
        if (matcher.matches() && ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty()) {
          Files.deleteIfExists(socket);
        }
      }
    } catch (IOException e) {
      throw new BenchException("cannot tidy " + SOCKETS + ": " + e.getMessage(), e);
    }
  }

  /** All devices of this machine share a directory of sockets: the name is this process's own. */
  private Daemon end(
      Namespace machine, String end, WireGuardKey own, WireGuardKey peer, String endpoint) {
    String device =
        (PREFIX + "%d%s%d").formatted(ProcessHandle.current().pid(), end, stage.number());
    Path socket = SOCKETS.resolve(device + ".sock");
    sockets.add(socket);
    Daemon program =
        machine.start(
            PROGRAM,
            stage.directory().resolve(device + ".log"),
            Map.of("LOG_LEVEL", "error"),
            List.of(PROGRAM, "--foreground", device));
    Await.orThrow(
        LIMIT,
        () -> Files.exists(socket) || !program.alive(),
        PROGRAM + " to make " + socket + ", which takes root",
        program::tail);
    if (!program.alive()) {
      throw new BenchException(
          "%s ended at once; it needs root and %s: %s".formatted(PROGRAM, SOCKETS, program.tail()));
    }
    configure(
        socket,
        """
        set=1
        private_key=%s
        listen_port=%d
        public_key=%s
        endpoint=%s:%d
        allowed_ip=0.0.0.0/0

        """
            .formatted(own.secret(), PORT, peer.share(), endpoint, PORT));
    stage.route(machine, device);
    return program;
  }

  private static void configure(Path socket, String settings) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      channel.write(ByteBuffer.wrap(settings.getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer answer = ByteBuffer.allocate(ANSWER);
      String said = "";
      while (!said.endsWith("\n\n") && answer.hasRemaining() && channel.read(answer) >= 0) {
        said = new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
      }
      if (!said.startsWith("errno=0\n")) {
        throw new BenchException(
            "%s refused its settings: %s, expected errno=0".formatted(PROGRAM, said.strip()));
      }
    } catch (IOException e) {
      throw new BenchException("cannot talk to %s by %s: %s".formatted(PROGRAM, socket, e), e);
    }
  }

  @Override
  public String version() {
    // "wireguard-go v0.0.20230223" and an address
    String first = Exec.run(PROGRAM, "--version").out().lines().findFirst().orElse("").strip();
    String version = first.substring(first.lastIndexOf(' ') + 1);
    return version.compareTo(WITH_OFFLOADS) >= 0 ? version : version + ", without offloads";
  }

  @Override
  public List<Daemon> near() {
    return near == null ? List.of() : List.of(near);
  }

  @Override
  public List<Daemon> far() {
    return far == null ? List.of() : List.of(far);
  }

  @Override
  public String tail() {
    return near == null || far == null ? "(not started)" : near.tail() + far.tail();
  }

  @Override
  public void close() {
    for (Path socket : sockets) {
      try {
        Files.deleteIfExists(socket);
      } catch (IOException e) {
        throw new BenchException("cannot remove " + socket + ": " + e.getMessage(), e);
      }
    }
  }
}
