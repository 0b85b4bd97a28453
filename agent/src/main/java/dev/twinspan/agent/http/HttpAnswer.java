package dev.twinspan.agent.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.slf4j.Logger;

/** One answer, and the end of its connection. On the door's thread. */
public final class HttpAnswer {
  private HttpAnswer() {}

  public static void send(
      ChannelHandlerContext context, HttpResponseStatus status, CharSequence type, ByteBuf body) {
    send(context, status, type, body, _ -> {});
  }

  /**
   * @param more adds headers; may change those that are there
   */
  public static void send(
      ChannelHandlerContext context,
      HttpResponseStatus status,
      CharSequence type,
      ByteBuf body,
      Consumer<HttpHeaders> more) {
    FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
    HttpHeaders headers =
        response
            .headers()
            .set(HttpHeaderNames.CONTENT_TYPE, type)
            .set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
            .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
            .set("X-Content-Type-Options", "nosniff")
            .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    more.accept(headers);
    context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
  }

  /** A refusal in one sentence. */
  public static void refuse(
      ChannelHandlerContext context,
      HttpResponseStatus status,
      String sentence,
      Consumer<HttpHeaders> more) {
    ByteBuf body = Unpooled.copiedBuffer(sentence + "\n", StandardCharsets.UTF_8);
    send(context, status, "text/plain; charset=utf-8", body, more);
  }

  /** Something went wrong on the way; hangs up. */
  public static void failed(ChannelHandlerContext context, Logger log, Throwable cause) {
    if (cause instanceof IOException || cause instanceof CodecException) {
      // A client that went away or sent too much: not our fault, and nobody to tell.
      log.debug("HTTP client: {}", cause.toString());
    } else {
      log.warn("HTTP request failed", cause);
    }
    context.close();
  }
}
