package dev.twinspan.agent.bench;

import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Sandbox;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Somebody else's tunnels, each between two machines of its own. */
final class RivalContender implements Contender {
  private static final Duration UP_WITHIN = Duration.ofMinutes(1);
  private static final int LOOK_MILLIS = 500;

  /** discard: nobody listens there, and the kernel behind the tunnel says so. */
  private static final int CLOSED_PORT = 9;

  private final Rival rival;
  private final Sandbox sandbox;
  private final List<RivalTunnel> tunnels = new ArrayList<>();
  private final List<InnerPath> paths = new ArrayList<>();
  private String version = "";

  private RivalContender(Rival rival, Sandbox sandbox) {
    this.rival = rival;
    this.sandbox = sandbox;
  }

  /**
   * Starts the tunnels and waits until packets pass.
   *
   * @param directory for files; short, since sockets are in it
   * @throws Refused when the kernel of this machine cannot do it
   */
  static RivalContender start(Rival rival, int tunnels, Path directory) throws Refused {
    RivalContender contender = new RivalContender(rival, Sandbox.open());
    try {
      String reason = rival.refusal(contender.sandbox.namespace("asked"));
      if (!reason.isEmpty()) {
        throw new Refused(reason);
      }
      for (int t = 0; t < tunnels; t++) {
        contender.add(RivalStage.build(contender.sandbox, t, directory));
      }
      return contender;
    } catch (Refused | RuntimeException | Error e) {
      contender.close();
      throw e;
    }
  }

  private void add(RivalStage stage) {
    RivalTunnel tunnel = rival.tunnel(stage);
    tunnels.add(tunnel);
    tunnel.start();
    InnerPath path = stage.path();
    paths.add(path);
    Await.orThrow(
        UP_WITHIN,
        () -> passes(path),
        "a packet through tunnel %d of %s".formatted(stage.number(), rival.title()),
        tunnel::tail);
    version = tunnel.version();
  }

  private static boolean passes(InnerPath path) {
    return path.near()
        .call(
            () -> {
              try (Socket socket = new Socket()) {
                socket.bind(new InetSocketAddress(path.nearAddress(), 0));
                socket.connect(new InetSocketAddress(path.farAddress(), CLOSED_PORT), LOOK_MILLIS);
                return true;
              } catch (ConnectException e) {
                return "Connection refused".equals(e.getMessage());
              } catch (IOException _) {
                return false; // no route yet, or no answer
              }
            });
  }

  @Override
  public String name() {
    return rival.title();
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public List<InnerPath> paths() {
    return List.copyOf(paths);
  }

  @Override
  public Spent spent() {
    long near = 0;
    long far = 0;
    for (RivalTunnel tunnel : tunnels) {
      near += nanos(tunnel.near());
      far += nanos(tunnel.far());
    }
    return new Spent(near, far);
  }

  private static long nanos(List<Daemon> programs) {
    return programs.stream()
        .flatMap(program -> program.process().descendants())
        .mapToLong(process -> ProcessTime.nanos(process.pid()))
        .sum();
  }

  @Override
  public void close() {
    sandbox.close();
    tunnels.forEach(RivalTunnel::close);
    paths.forEach(
        path -> {
          path.near().close();
          path.far().close();
        });
  }

  /** This machine's kernel does not have what the rival is. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    Refused(String reason) {
      super(reason);
    }

    String reason() {
      return String.valueOf(getMessage());
    }
  }
}
