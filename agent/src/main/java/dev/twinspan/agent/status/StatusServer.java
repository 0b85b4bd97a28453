package dev.twinspan.agent.status;

import dev.twinspan.agent.metrics.Exposition;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * HTTP/JSON over a Unix socket, for {@code twinspan status} and {@code tunnel}; {@code curl
 * --unix-socket} works too. Whoever may write to the socket (mode 0660) may command the agent.
 *
 * <pre>
 * GET  /v1/status                        {@link StatusWriter}
 * GET  /v1/metrics                       {@link Exposition}; OpenMetrics where it is accepted
 * GET  /v1/config                        the configuration in force, secrets masked
 * POST /v1/tunnels/{connection}/{instance}/reset
 * POST /v1/tunnels/{connection}/{instance}/rekey?what=child|ike
 * POST /v1/capture?tunnel=…&esp=…        {@link CaptureFlow}
 * POST /v1/reload
 * </pre>
 *
 * <p>On plain NIO, unlike the datapath's sockets: this must answer where io_uring is switched off,
 * too, and an io_uring close that races a receive leaves the client without its end of stream (seen
 * with Netty 4.2.18 and requests past the limits; liburing issue 932 has the cause).
 *
 * <p>One thread of its own, "status": parses requests, asks {@link AgentControl} by messages,
 * writes answers. Nothing here waits for the control loop, and nothing the control loop does waits
 * for it.
 */
public final class StatusServer implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 32;
  private static final int MAX_LINE = 2048;
  private static final int MAX_HEADERS = 8192;
  private static final int MAX_BODY = 4096;

  /** A request and its answer take a moment; a client that drips bytes is cut off. */
  private static final int MAX_SECONDS = 15;

  private final Path path;
  private final EventLoopGroup group;
  private final Channel listener;

  private StatusServer(Path path, EventLoopGroup group, Channel listener) {
    this.path = path;
    this.group = group;
    this.listener = listener;
  }

  /**
   * Tells whether another agent answers there already.
   *
   * @throws IOException with one sentence when it does
   */
  public static void refuseIfTaken(Path path) throws IOException {
    StatusSocket.refuseIfTaken(path);
  }

  /**
   * @param reload reads the configuration again and applies it
   * @throws IOException with one sentence for the operator
   */
  public static StatusServer start(
      Path path, AgentControl control, Supplier<CompletableFuture<ControlResult>> reload)
      throws IOException {
    return start(path, control, reload, new Exposition(control::status));
  }

  /**
   * @param reload reads the configuration again and applies it
   * @param metrics what is told at {@code /v1/metrics}
   * @throws IOException with one sentence for the operator
   */
  public static StatusServer start(
      Path path,
      AgentControl control,
      Supplier<CompletableFuture<ControlResult>> reload,
      Exposition metrics)
      throws IOException {
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("status", true), NioIoHandler.newFactory());
    ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerDomainSocketChannel.class)
            .childHandler(new Connection(open, control, reload, metrics));
    try {
      return new StatusServer(path, group, StatusSocket.bind(bootstrap, path));
    } catch (IOException e) {
      stop(group);
      throw e;
    } catch (Exception e) {
      stop(group);
      throw new IOException("status.socket %s: %s".formatted(path, e.getMessage()), e);
    }
  }

  /** Stops listening and takes the socket away. */
  @Override
  public void close() throws IOException {
    if (group.isShuttingDown()) {
      return;
    }
    listener.close().syncUninterruptibly();
    stop(group);
    Files.deleteIfExists(path);
  }

  private static void stop(EventLoopGroup group) {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private static final class Connection extends ChannelInitializer<Channel> {
    private final ChannelGroup open;
    private final AgentControl control;
    private final Supplier<CompletableFuture<ControlResult>> reload;
    private final Exposition metrics;

    Connection(
        ChannelGroup open,
        AgentControl control,
        Supplier<CompletableFuture<ControlResult>> reload,
        Exposition metrics) {
      this.open = open;
      this.control = control;
      this.reload = reload;
      this.metrics = metrics;
    }

    @Override
    protected void initChannel(Channel channel) {
      if (open.size() >= MAX_CONNECTIONS) {
        channel.close();
        return;
      }
      open.add(channel);
      Future<?> deadline =
          channel.eventLoop().schedule(() -> channel.close(), MAX_SECONDS, TimeUnit.SECONDS);
      channel.attr(CaptureFlow.DEADLINE).set(deadline);
      channel.closeFuture().addListener(_ -> deadline.cancel(false));
      channel
          .pipeline()
          .addLast(
              new HttpServerCodec(
                  new HttpDecoderConfig()
                      .setMaxInitialLineLength(MAX_LINE)
                      .setMaxHeaderSize(MAX_HEADERS)))
          .addLast(new WholeRequest(MAX_BODY))
          .addLast(new StatusRequests(control, reload, metrics));
    }
  }
}
