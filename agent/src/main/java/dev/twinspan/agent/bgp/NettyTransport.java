package dev.twinspan.agent.bgp;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Over Netty, on plain NIO for the reason that {@link dev.twinspan.agent.status.StatusServer}
 * gives: with io_uring a close that races a receive can leave the peer without its end of stream,
 * and a peer that does not know that a session is over keeps it for its hold time. The traffic is
 * small.
 *
 * <p>Packets leave with the kernel's default TTL (64), so that loopback addresses some hops away
 * are reached ("multihop").
 *
 * <p>One thread, "bgp". The queue of a connection whose peer does not read is bounded; past that
 * the connection is closed, and the session with it.
 */
public final class NettyTransport implements BgpTransport {
  public static final int PORT = 179;

  /** 4,000 prefixes of either family take some 50 KB; all of them again, and again. */
  private static final int MAX_QUEUE = 1 << 20;

  /** Connections nobody has asked for yet: of strangers, or one too many of a peer. */
  private static final int MAX_CONNECTIONS = 256;

  private static final int LINGER_SECONDS = 2;

  private final Listener listener;
  private final EventLoopGroup group;
  private final Map<Long, Channel> channels = new ConcurrentHashMap<>();
  private final Set<Channel> closing = ConcurrentHashMap.newKeySet();
  private final List<Channel> servers = new ArrayList<>();
  private final AtomicLong accepted = new AtomicLong();

  private NettyTransport(Listener listener) {
    this.listener = listener;
    this.group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("bgp", true), NioIoHandler.newFactory());
    // A loop that has no task to wait for wakes each second to see (SCHEDULE_PURGE_INTERVAL).
    Future<?> _ = group.next().scheduleAtFixedRate(() -> {}, 1, 1, TimeUnit.DAYS);
  }

  /**
   * @param addresses listened on, port 179; empty: we only dial
   * @throws IOException with one sentence for the operator
   */
  public static NettyTransport start(Collection<InetAddress> addresses, Listener listener)
      throws IOException {
    NettyTransport transport = new NettyTransport(listener);
    for (InetAddress address : addresses) {
      ChannelFuture bound = transport.listen(address).awaitUninterruptibly();
      if (!bound.isSuccess()) {
        transport.close();
        throw new IOException(
            "bgp: cannot listen on %s port 179: %s"
                .formatted(address.getHostAddress(), words(bound.cause())));
      }
      transport.servers.add(bound.channel());
    }
    return transport;
  }

  /** Without listening. */
  public static NettyTransport dialOnly(Listener listener) {
    return new NettyTransport(listener);
  }

  private ChannelFuture listen(InetAddress address) {
    return new ServerBootstrap()
        .group(group)
        .channel(NioServerSocketChannel.class)
        .option(ChannelOption.SO_REUSEADDR, true)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(0, MAX_QUEUE))
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                take(channel);
              }
            })
        .bind(new InetSocketAddress(address, PORT));
  }

  private void take(SocketChannel channel) {
    if (channels.size() >= MAX_CONNECTIONS) {
      channel.close();
      return;
    }
    long connection = accepted.decrementAndGet();
    channels.put(connection, channel);
    channel.pipeline().addLast(new Reader(connection));
    listener.accepted(
        connection, channel.localAddress().getAddress(), channel.remoteAddress().getAddress());
  }

  @Override
  public void dial(BgpAction.Dial dial) {
    long connection = dial.connection();
    Bootstrap bootstrap =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(0, MAX_QUEUE))
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel.pipeline().addLast(new Reader(connection));
                  }
                });
    ChannelFuture connect =
        bootstrap.connect(
            new InetSocketAddress(dial.remote(), PORT), new InetSocketAddress(dial.local(), 0));
    channels.put(connection, connect.channel());
    connect.addListener(
        (ChannelFutureListener)
            done -> {
              if (!done.isSuccess() && channels.remove(connection) != null) {
                listener.closed(connection, words(done.cause()));
              }
            });
  }

  @Override
  public void send(long connection, byte[] bytes) {
    Channel channel = channels.get(connection);
    if (channel == null) {
      return;
    }
    if (!channel.isWritable() && channel.isActive()) {
      fail(connection, "the peer does not read: more than 1 MiB waits to be sent");
      return;
    }
    channel.writeAndFlush(Unpooled.wrappedBuffer(bytes), channel.voidPromise());
  }

  private void fail(long connection, String why) {
    Channel channel = channels.remove(connection);
    if (channel != null) {
      channel.close();
      listener.closed(connection, why);
    }
  }

  @Override
  public void hangUp(long connection) {
    Channel channel = channels.remove(connection);
    if (channel == null) {
      return;
    }
    if (!channel.isActive() || closing.size() >= MAX_CONNECTIONS) {
      channel.close(); // a flood of strangers is not listened out: each would hold a descriptor
      return;
    }
    closing.add(channel);
    channel.closeFuture().addListener(_ -> closing.remove(channel));
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            _ -> {
              // Open until the peer closes too: then it has read what was said last.
              if (channel instanceof SocketChannel socket) {
                socket.shutdownOutput();
              }
            });
    channel.eventLoop().schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public boolean quiet() {
    return closing.isEmpty();
  }

  @Override
  public void close() {
    servers.forEach(server -> server.close().awaitUninterruptibly());
    List.copyOf(channels.keySet()).forEach(this::hangUp);
    group
        .shutdownGracefully(50, TimeUnit.SECONDS.toMillis(LINGER_SECONDS), TimeUnit.MILLISECONDS)
        .awaitUninterruptibly();
  }

  private static String words(Throwable cause) {
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  /** Hands bytes on. */
  private final class Reader extends SimpleChannelInboundHandler<ByteBuf> {
    private final long connection;

    Reader(long connection) {
      this.connection = connection;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      if (connection > 0 && channels.containsKey(connection)) {
        listener.connected(connection);
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
      if (channels.containsKey(connection)) {
        byte[] copy = new byte[bytes.readableBytes()];
        bytes.readBytes(copy);
        listener.received(connection, copy);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      fail(connection, "closed by the peer");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      fail(connection, words(cause));
    }
  }
}
