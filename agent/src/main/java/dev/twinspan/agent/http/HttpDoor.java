package dev.twinspan.agent.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * Listens and lets in so many connections, each with one request of bounded size and a deadline.
 * What is answered is the business of who is {@link Inside}.
 *
 * <p>One thread of its own, on plain NIO, unlike the datapath's sockets: this must answer where
 * io_uring is switched off, too, and an io_uring close that races a receive leaves the client
 * without its end of stream (seen with Netty 4.2.18 and requests past the limits; liburing issue
 * 932 has the cause).
 */
public final class HttpDoor implements AutoCloseable {
  /** What cuts off a connection; an answer without an end of its own cancels it. */
  public static final AttributeKey<Future<?>> DEADLINE = AttributeKey.valueOf("twinspan.deadline");

  private static final int BACKLOG = 64;

  private final EventLoopGroup group;
  private final Channel listener;

  private HttpDoor(EventLoopGroup group, Channel listener) {
    this.group = group;
    this.listener = listener;
  }

  /**
   * @param connections at a time; more are hung up on
   * @param lineBytes of a request's first line
   * @param headerBytes of all its headers
   * @param millis from the connection to the last byte of the answer
   */
  public record Limits(int connections, int lineBytes, int headerBytes, long millis) {}

  /** Who answers. Called on the door's thread. */
  public interface Inside {
    /** Adds what answers the requests of a connection. */
    void add(ChannelPipeline pipeline);

    /** A connection was one too many. */
    default void refused() {}
  }

  /** Binds a server's socket in a way of its own. */
  public interface Binding {
    Channel bind(ServerBootstrap bootstrap) throws IOException;
  }

  /**
   * Over TCP.
   *
   * @param thread its name
   * @throws IOException when the address cannot be listened on
   */
  public static HttpDoor tcp(String thread, InetSocketAddress address, Limits limits, Inside inside)
      throws IOException {
    return open(
        thread,
        NioServerSocketChannel.class,
        limits,
        inside,
        bootstrap -> {
          var bound =
              bootstrap
                  .option(ChannelOption.SO_BACKLOG, BACKLOG)
                  .bind(address)
                  .awaitUninterruptibly();
          if (!bound.isSuccess()) {
            throw new IOException(String.valueOf(bound.cause().getMessage()), bound.cause());
          }
          return bound.channel();
        });
  }

  /**
   * Over a Unix socket.
   *
   * @param thread its name
   */
  public static HttpDoor unix(String thread, Binding binding, Limits limits, Inside inside)
      throws IOException {
    return open(thread, NioServerDomainSocketChannel.class, limits, inside, binding);
  }

  private static HttpDoor open(
      String thread,
      Class<? extends ServerChannel> kind,
      Limits limits,
      Inside inside,
      Binding binding)
      throws IOException {
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory(thread, true), NioIoHandler.newFactory());
    // A loop that has no task to wait for wakes each second to see (SCHEDULE_PURGE_INTERVAL).
    Future<?> _ = group.next().scheduleAtFixedRate(() -> {}, 1, 1, TimeUnit.DAYS);
    boolean bound = false;
    try {
      Channel listener =
          binding.bind(
              new ServerBootstrap()
                  .group(group)
                  .channel(kind)
                  .childHandler(new Connection(limits, inside)));
      bound = true;
      return new HttpDoor(group, listener);
    } finally {
      if (!bound) {
        stop(group);
      }
    }
  }

  /** Where it listens over TCP, with the port that was given where 0 was asked for. */
  public InetSocketAddress address() {
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

  /** All connections have the door's one thread. */
  private static final class Connection extends ChannelInitializer<Channel> {
    private final Limits limits;
    private final Inside inside;
    private int open;

    Connection(Limits limits, Inside inside) {
      this.limits = limits;
      this.inside = inside;
    }

    @Override
    protected void initChannel(Channel channel) {
      if (open >= limits.connections()) {
        inside.refused();
        channel.close();
        return;
      }
      open++;
      Future<?> deadline =
          channel
              .eventLoop()
              .schedule(() -> channel.close(), limits.millis(), TimeUnit.MILLISECONDS);
      channel.attr(DEADLINE).set(deadline);
      channel
          .closeFuture()
          .addListener(
              _ -> {
                open--;
                deadline.cancel(false);
              });
      ChannelPipeline pipeline = channel.pipeline();
      pipeline.addLast(
          new HttpServerCodec(
              new HttpDecoderConfig()
                  .setMaxInitialLineLength(limits.lineBytes())
                  .setMaxHeaderSize(limits.headerBytes())));
      inside.add(pipeline);
    }
  }
}
