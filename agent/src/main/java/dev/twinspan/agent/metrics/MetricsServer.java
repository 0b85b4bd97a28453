package dev.twinspan.agent.metrics;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * {@code GET /metrics} over TCP, for Prometheus. Whoever reaches the address may read, and nothing
 * else: requests are bounded in size, number and time.
 *
 * <p>One thread of its own, "metrics", on plain NIO: parses requests and writes what {@link
 * Exposition} has. It never asks the control loop for anything but its latest copy.
 */
public final class MetricsServer implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 32;
  private static final int MAX_LINE = 1024;
  private static final int MAX_HEADERS = 8192;
  private static final int BACKLOG = 64;

  /** From the connection to the last byte of the answer; Prometheus itself waits 10 s. */
  static final int MAX_SECONDS = 10;

  private final EventLoopGroup group;
  private final Channel listener;

  private MetricsServer(EventLoopGroup group, Channel listener) {
    this.group = group;
    this.listener = listener;
  }

  /**
   * @throws IOException when the address cannot be listened on
   */
  public static MetricsServer start(InetSocketAddress address, Exposition exposition)
      throws IOException {
    return start(address, exposition, MAX_SECONDS * 1_000L);
  }

  static MetricsServer start(InetSocketAddress address, Exposition exposition, long maxMillis)
      throws IOException {
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("metrics", true), NioIoHandler.newFactory());
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childHandler(new Connection(exposition, maxMillis));
    var bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      stop(group);
      throw new IOException(String.valueOf(bound.cause().getMessage()), bound.cause());
    }
    return new MetricsServer(group, bound.channel());
  }

  /** Where it listens, with the port that was given where 0 was asked for. */
  InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /** Hangs up on everybody and stops listening. */
  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    stop(group);
  }

  private static void stop(EventLoopGroup group) {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static final class Connection extends ChannelInitializer<Channel> {
    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Exposition exposition;
    private final long maxMillis;

    Connection(Exposition exposition, long maxMillis) {
      this.exposition = exposition;
      this.maxMillis = maxMillis;
    }

    @Override
    protected void initChannel(Channel channel) {
      if (open.size() >= MAX_CONNECTIONS) {
        exposition.scrapes().count(ScrapeCounters.Outcome.REFUSED);
        channel.close();
        return;
      }
      open.add(channel);
      Future<?> deadline =
          channel.eventLoop().schedule(() -> channel.close(), maxMillis, TimeUnit.MILLISECONDS);
      channel.closeFuture().addListener(_ -> deadline.cancel(false));
      channel
          .pipeline()
          .addLast(
              new HttpServerCodec(
                  new HttpDecoderConfig()
                      .setMaxInitialLineLength(MAX_LINE)
                      .setMaxHeaderSize(MAX_HEADERS)))
          .addLast(new MetricsRequests(exposition));
    }
  }
}
