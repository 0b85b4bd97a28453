package dev.twinspan.agent.metrics;

import dev.twinspan.agent.http.HttpAnswer;
import dev.twinspan.agent.metrics.ScrapeCounters.Outcome;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the first request's head and closes; a body, and what else comes, is thrown away unread.
 * On the "metrics" thread.
 */
final class MetricsRequests extends SimpleChannelInboundHandler<HttpObject> {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsRequests.class);
  static final String PATH = "/metrics";

  private final Exposition exposition;
  private boolean answered;

  MetricsRequests(Exposition exposition) {
    this.exposition = exposition;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
    if (answered || !(message instanceof HttpRequest request)) {
      return;
    }
    answered = true;
    if (!request.decoderResult().isSuccess()) {
      refuse(context, Outcome.MALFORMED, HttpResponseStatus.BAD_REQUEST, "no HTTP request");
    } else if (!request.method().equals(HttpMethod.GET)) {
      refuse(context, Outcome.BAD_METHOD, HttpResponseStatus.METHOD_NOT_ALLOWED, "expected GET");
    } else if (!new QueryStringDecoder(request.uri()).rawPath().equals(PATH)) {
      refuse(context, Outcome.UNKNOWN_PATH, HttpResponseStatus.NOT_FOUND, "expected " + PATH);
    } else {
      exposition.scrapes().count(Outcome.ANSWERED);
      MetricsFormat format =
          MetricsFormat.preferred(
              String.join(",", request.headers().getAll(HttpHeaderNames.ACCEPT)));
      ByteBuf body = Unpooled.wrappedBuffer(exposition.bytes(format));
      HttpAnswer.send(context, HttpResponseStatus.OK, format.contentType(), body);
    }
  }

  private void refuse(
      ChannelHandlerContext context, Outcome outcome, HttpResponseStatus status, String sentence) {
    exposition.scrapes().count(outcome);
    HttpAnswer.refuse(
        context,
        status,
        sentence,
        headers -> {
          if (status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            headers.set(HttpHeaderNames.ALLOW, HttpMethod.GET);
          }
        });
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    if (!answered) {
      answered = true;
      exposition.scrapes().count(Outcome.INCOMPLETE);
    }
    super.channelInactive(context);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    HttpAnswer.failed(context, LOG, cause);
  }
}
