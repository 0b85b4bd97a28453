package dev.twinspan.agent.status;

import dev.twinspan.agent.capture.Capture;
import dev.twinspan.agent.capture.CaptureRequest;
import dev.twinspan.agent.http.HttpDoor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A capture on its way to its client: pcapng until it ends, then the end of the connection. What
 * the client does not take stays in the capture's rings, which drop when they are full; when the
 * client goes, the capture ends. On the "status" thread.
 */
final class CaptureFlow extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(CaptureFlow.class);

  private static final Set<String> PARAMETERS =
      Set.of("tunnel", "esp", "inner", "keys", "snap", "seconds", "packets");
  private static final long PERIOD_MILLIS = 50;

  /** A client that takes nothing is given so long after the capture's end. */
  private static final long LAST_MILLIS = 15_000;

  private final Capture capture;
  private final ByteBuffer chunk = ByteBuffer.allocate(Capture.CHUNK);
  private @Nullable Future<?> pump;
  private boolean pumping;
  private boolean over;
  private long lastMillis;

  private CaptureFlow(Capture capture) {
    this.capture = capture;
  }

  /**
   * @throws IllegalArgumentException with one sentence
   */
  static CaptureRequest request(Channel channel, Map<String, List<String>> parameters) {
    for (String name : parameters.keySet()) {
      if (!PARAMETERS.contains(name)) {
        throw new IllegalArgumentException(
            "unknown parameter " + name + ", expected some of " + new TreeSet<>(PARAMETERS));
      }
    }
    int snap = (int) number(parameters, "snap", 1, CaptureRequest.MOST_SNAP, 65535);
    return new CaptureRequest(
        parameters.containsKey("tunnel") ? parameters.get("tunnel").getFirst() : null,
        flag(parameters, "esp"),
        flag(parameters, "inner"),
        flag(parameters, "keys"),
        snap,
        number(
            parameters, "seconds", 1, CaptureRequest.MOST_SECONDS, CaptureRequest.DEFAULT_SECONDS),
        number(parameters, "packets", 1, Long.MAX_VALUE, Long.MAX_VALUE),
        user(channel));
  }

  private static boolean flag(Map<String, List<String>> parameters, String name) {
    String value = parameters.getOrDefault(name, List.of("false")).getFirst();
    if (!value.equals("true") && !value.equals("false")) {
      throw new IllegalArgumentException("expected " + name + "=true or " + name + "=false");
    }
    return value.equals("true");
  }

  private static long number(
      Map<String, List<String>> parameters, String name, long least, long most, long otherwise) {
    if (!parameters.containsKey(name)) {
      return otherwise;
    }
    String value = parameters.get(name).getFirst();
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException _) {
      // the same sentence
    }
    throw new IllegalArgumentException(
        "%s=%s, expected %d to %d".formatted(name, value, least, most));
  }

  /** Who is at the other end, as the kernel says: {@code SO_PEERCRED}, unix(7). */
  private static String user(Channel channel) {
    UnixDomainPrincipal principal =
        channel.config().getOption(NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED));
    return principal == null ? "unknown" : principal.user().getName();
  }

  static void start(ChannelHandlerContext context, Capture capture) {
    Channel channel = context.channel();
    Future<?> deadline = channel.attr(HttpDoor.DEADLINE).getAndSet(null);
    if (deadline != null) {
      deadline.cancel(false);
    }
    if (!channel.isActive()) {
      capture.end("its client went away");
      return;
    }
    DefaultHttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "application/x-pcapng")
        .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    context.writeAndFlush(head);
    for (String handler : channel.pipeline().names()) {
      if (channel.pipeline().context(handler) != null) {
        channel.pipeline().remove(handler);
      }
    }
    CaptureFlow flow = new CaptureFlow(capture);
    channel.pipeline().addLast(flow);
    flow.pump(channel);
    flow.pump =
        channel
            .eventLoop()
            .scheduleAtFixedRate(
                () -> flow.pump(channel), PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    channel.closeFuture().addListener(_ -> flow.stop());
  }

  private void stop() {
    capture.end("its client went away");
    if (pump != null) {
      pump.cancel(false);
    }
  }

  private void pump(Channel channel) {
    if (pumping || over) {
      return;
    }
    pumping = true; // a flush makes the channel writable, which calls again
    boolean more = true;
    while (more && channel.isWritable() && !capture.isFinished()) {
      more = capture.drain(chunk.clear());
      send(channel);
      channel.flush();
    }
    pumping = false;
    if (capture.isFinished()) {
      over = true;
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    } else if (capture.ended() != null && !channel.isWritable()) {
      lastMillis += PERIOD_MILLIS;
      if (lastMillis > LAST_MILLIS) {
        channel.close();
      }
    }
  }

  /** It may hold keys: zeroed once it is sent, or will never be. */
  private void send(Channel channel) {
    int length = chunk.flip().remaining();
    if (length == 0) {
      return;
    }
    ByteBuf bytes = Unpooled.directBuffer(length, length).writeBytes(chunk);
    Arrays.fill(chunk.array(), 0, length, (byte) 0);
    ByteBuf held = bytes.retainedDuplicate();
    channel
        .write(bytes)
        .addListener(
            _ -> {
              held.setZero(0, length);
              held.release();
            });
  }

  /**
   * Whatever a client says means that it has enough; it still gets what is on its way. (Netty's NIO
   * has no half-closed Unix sockets.)
   */
  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ReferenceCountUtil.release(message);
    capture.end("its client has enough");
    pump(context.channel());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("capture's client: {}", cause.toString());
    context.close();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (context.channel().isWritable()) {
      pump(context.channel());
    }
    context.fireChannelWritabilityChanged();
  }
}
