package dev.twinspan.agent.status;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;

/** Puts a request together; one that is too large is answered and cut off, not waited for. */
final class WholeRequest extends HttpObjectAggregator {
  WholeRequest(int maxBody) {
    super(maxBody, true);
  }

  @Override
  protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
    StatusRequests.refuse(
        context,
        HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
        "too-large",
        "expected a body of at most %d bytes".formatted(maxContentLength()));
  }
}
