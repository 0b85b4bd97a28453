package dev.twinspan.agent.page;

import dev.twinspan.agent.http.HttpAnswer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the first request's head and closes; a body, and what else comes, is thrown away unread.
 * On the door's thread.
 */
final class PageRequests extends SimpleChannelInboundHandler<HttpObject> {
  private static final Logger LOG = LoggerFactory.getLogger(PageRequests.class);

  private final PageSite site;
  private boolean answered;

  PageRequests(PageSite site) {
    this.site = site;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject message)
      throws IOException {
    if (answered || !(message instanceof HttpRequest request)) {
      return;
    }
    answered = true;
    boolean head = request.method().equals(HttpMethod.HEAD);
    if (!request.decoderResult().isSuccess()) {
      refuse(context, HttpResponseStatus.BAD_REQUEST, "no HTTP request");
    } else if (!head && !request.method().equals(HttpMethod.GET)) {
      refuse(context, HttpResponseStatus.METHOD_NOT_ALLOWED, "expected GET or HEAD");
    } else if (site.guarded() && !HostName.mayBeOurs(request.headers().get(HttpHeaderNames.HOST))) {
      refuse(context, HttpResponseStatus.MISDIRECTED_REQUEST, HostName.EXPECTED);
    } else {
      answer(context, new QueryStringDecoder(request.uri()).rawPath(), head);
    }
  }

  private void answer(ChannelHandlerContext context, String path, boolean head) throws IOException {
    PageFile file = site.files().get(path);
    Supplier<byte[]> data = site.data().get(path);
    if (file != null) {
      send(context, file.type(), file.bytes(), head);
    } else if (data != null) {
      send(context, "application/json", data.get(), head);
    } else {
      refuse(context, HttpResponseStatus.NOT_FOUND, "nothing is there: the page is at /");
    }
  }

  private void send(ChannelHandlerContext context, String type, byte[] bytes, boolean head) {
    ByteBuf body = head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(bytes);
    HttpAnswer.send(
        context,
        HttpResponseStatus.OK,
        type,
        body,
        headers -> {
          guard(headers);
          headers.set(HttpHeaderNames.CONTENT_LENGTH, bytes.length);
        });
  }

  private void refuse(ChannelHandlerContext context, HttpResponseStatus status, String sentence) {
    HttpAnswer.refuse(
        context,
        status,
        sentence,
        headers -> {
          guard(headers);
          if (status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            headers.set(HttpHeaderNames.ALLOW, "GET, HEAD");
          }
        });
  }

  private void guard(HttpHeaders headers) {
    headers
        .set(HttpHeaderNames.CONTENT_SECURITY_POLICY, site.policy())
        .set("Referrer-Policy", "no-referrer")
        .set("Cross-Origin-Opener-Policy", "same-origin")
        .set("Cross-Origin-Resource-Policy", "same-origin");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    HttpAnswer.failed(context, LOG, cause);
  }
}
