package dev.twinspan.agent.status;

import dev.twinspan.agent.capture.Capture;
import dev.twinspan.agent.capture.CaptureRequest;
import dev.twinspan.agent.capture.CaptureStart;
import dev.twinspan.agent.config.ConfigJson;
import dev.twinspan.agent.config.Nearest;
import dev.twinspan.agent.http.HttpAnswer;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.metrics.Exposition;
import dev.twinspan.agent.metrics.MetricsFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** Answers one request and closes. On the "status" thread; a command's answer follows later. */
final class StatusRequests extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(StatusRequests.class);
  private static final long COMMAND_SECONDS = 5;
  private static final String TUNNELS = "/v1/tunnels/";

  private final AgentControl control;
  private final Supplier<CompletableFuture<ControlResult>> reload;
  private final Exposition metrics;
  private final UpdateRequests updates;

  StatusRequests(
      AgentControl control,
      Supplier<CompletableFuture<ControlResult>> reload,
      Exposition metrics,
      @Nullable LocalUpdates updates) {
    this.control = control;
    this.reload = reload;
    this.metrics = metrics;
    this.updates = new UpdateRequests(updates);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    if (!request.decoderResult().isSuccess()) {
      refuse(context, HttpResponseStatus.BAD_REQUEST, "bad-request", "this is no HTTP request");
      return;
    }
    QueryStringDecoder uri = new QueryStringDecoder(request.uri());
    String path;
    try {
      path = uri.path();
    } catch (IllegalArgumentException e) {
      refuse(context, HttpResponseStatus.BAD_REQUEST, "bad-request", "this is no path");
      return;
    }
    switch (path) {
      case "/v1/status" -> get(context, request, () -> StatusWriter.tree(control.status()));
      case "/v1/metrics" -> metrics(context, request);
      case "/v1/config" -> get(context, request, () -> ConfigJson.tree(control.config()));
      case "/v1/reload" -> post(context, request, reload);
      case "/v1/drill" -> post(context, request, () -> control.drill(""));
      case "/v1/capture" -> capture(context, request, uri);
      case "/v1/update" -> {
        if (request.method().equals(HttpMethod.GET)) {
          updates.tell(context);
        } else {
          post(context, request, () -> updates.install(uri.parameters()));
        }
      }
      default -> {
        if (path.startsWith(TUNNELS)) {
          tunnel(context, request, path.substring(TUNNELS.length()), uri);
        } else {
          refuse(
              context,
              HttpResponseStatus.NOT_FOUND,
              "unknown-path",
              "expected /v1/status, /v1/metrics, /v1/config, /v1/reload, /v1/capture, /v1/drill,"
                  + " /v1/update or /v1/tunnels/NAME/reset|rekey|drain|undrain|drill|trace");
        }
      }
    }
  }

  private void metrics(ChannelHandlerContext context, FullHttpRequest request) {
    if (!request.method().equals(HttpMethod.GET)) {
      refuse(context, HttpResponseStatus.METHOD_NOT_ALLOWED, "bad-method", "expected GET");
      return;
    }
    MetricsFormat format = MetricsFormat.preferred(request.headers().get(HttpHeaderNames.ACCEPT));
    ByteBuf body = Unpooled.wrappedBuffer(metrics.bytes(format));
    HttpAnswer.send(context, HttpResponseStatus.OK, format.contentType(), body);
  }

  private void tunnel(
      ChannelHandlerContext context, FullHttpRequest request, String rest, QueryStringDecoder uri) {
    int cut = rest.lastIndexOf('/');
    String name = cut < 0 ? "" : rest.substring(0, cut);
    String verb = rest.substring(cut + 1);
    List<String> known = control.status().tunnels().stream().map(TunnelStatus::name).toList();
    if (!known.contains(name)) {
      refuse(context, HttpResponseStatus.NOT_FOUND, "unknown-tunnel", unknownTunnel(name, known));
      return;
    }
    switch (verb) {
      case "trace" -> trace(context, request, name, uri);
      case "drain" -> post(context, request, () -> control.drain(name));
      case "undrain" -> post(context, request, () -> control.undrain(name));
      case "drill" -> post(context, request, () -> control.drill(name));
      case "reset" -> post(context, request, () -> control.reset(name));
      case "rekey" -> {
        String what = uri.parameters().getOrDefault("what", List.of("child")).getFirst();
        switch (what) {
          case "child" -> post(context, request, () -> control.rekey(name, false));
          case "ike" -> post(context, request, () -> control.rekey(name, true));
          default ->
              refuse(
                  context,
                  HttpResponseStatus.BAD_REQUEST,
                  "bad-request",
                  "expected what=child or what=ike");
        }
      }
      default ->
          refuse(
              context,
              HttpResponseStatus.NOT_FOUND,
              "unknown-path",
              "expected reset, rekey, drain, undrain, drill or trace");
    }
  }

  private void trace(
      ChannelHandlerContext context, FullHttpRequest request, String name, QueryStringDecoder uri) {
    if (!request.method().equals(HttpMethod.GET)) {
      refuse(context, HttpResponseStatus.METHOD_NOT_ALLOWED, "bad-method", "expected GET");
      return;
    }
    long after;
    try {
      after = Long.parseLong(uri.parameters().getOrDefault("after", List.of("0")).getFirst());
    } catch (NumberFormatException e) {
      refuse(context, HttpResponseStatus.BAD_REQUEST, "bad-request", "expected after=NUMBER");
      return;
    }
    control
        .trace(name, after)
        .orTimeout(COMMAND_SECONDS, TimeUnit.SECONDS)
        .whenCompleteAsync(
            (messages, failure) -> {
              if (failure == null) {
                answer(context, HttpResponseStatus.OK, TraceJson.tree(messages));
              } else {
                LOG.warn("trace of {} failed", name, failure);
                refuse(
                    context,
                    HttpResponseStatus.CONFLICT,
                    "no-answer",
                    "the control loop did not answer: " + failure);
              }
            },
            context.executor());
  }

  private void capture(
      ChannelHandlerContext context, FullHttpRequest request, QueryStringDecoder uri) {
    if (!request.method().equals(HttpMethod.POST)) {
      refuse(context, HttpResponseStatus.METHOD_NOT_ALLOWED, "bad-method", "expected POST");
      return;
    }
    CaptureRequest wanted;
    try {
      wanted = CaptureFlow.request(context.channel(), uri.parameters());
    } catch (IllegalArgumentException e) {
      refuse(
          context, HttpResponseStatus.BAD_REQUEST, "bad-request", String.valueOf(e.getMessage()));
      return;
    }
    List<String> known = control.status().tunnels().stream().map(TunnelStatus::name).toList();
    if (wanted.tunnel() != null && !known.contains(wanted.tunnel())) {
      String sentence = unknownTunnel(wanted.tunnel(), known);
      refuse(context, HttpResponseStatus.NOT_FOUND, "unknown-tunnel", sentence);
      return;
    }
    control
        .capture(wanted)
        .whenCompleteAsync(
            (start, failure) -> {
              switch (start) {
                case null -> {
                  LOG.warn("capture failed", failure);
                  String sentence = "the control loop did not answer: " + failure;
                  refuse(context, HttpResponseStatus.CONFLICT, "no-answer", sentence);
                }
                case CaptureStart.Refused(ControlResult why) ->
                    answer(context, HttpResponseStatus.CONFLICT, StatusWriter.tree(why));
                case CaptureStart.Running(Capture capture) -> CaptureFlow.start(context, capture);
              }
            },
            context.executor());
  }

  static String unknownTunnel(String name, List<String> known) {
    String rest =
        Nearest.to(name, known)
            .map(near -> "did you mean " + near + "?")
            .orElse(known.isEmpty() ? "there is none" : "there are " + String.join(", ", known));
    return "no tunnel is named \"%s\", %s".formatted(name, rest);
  }

  private static void get(
      ChannelHandlerContext context, FullHttpRequest request, Supplier<JsonNode> answer) {
    if (!request.method().equals(HttpMethod.GET)) {
      refuse(context, HttpResponseStatus.METHOD_NOT_ALLOWED, "bad-method", "expected GET");
      return;
    }
    answer(context, HttpResponseStatus.OK, answer.get());
  }

  private static void post(
      ChannelHandlerContext context,
      FullHttpRequest request,
      Supplier<CompletableFuture<ControlResult>> command) {
    if (!request.method().equals(HttpMethod.POST)) {
      refuse(context, HttpResponseStatus.METHOD_NOT_ALLOWED, "bad-method", "expected POST");
      return;
    }
    // A copy is timed out, never the command's own future, which others may wait for.
    command
        .get()
        .thenApply(Function.identity())
        .orTimeout(COMMAND_SECONDS, TimeUnit.SECONDS)
        .whenComplete(
            (result, failure) ->
                context
                    .executor()
                    .execute(
                        () -> {
                          if (failure != null) {
                            LOG.warn("command {} failed", request.uri(), failure);
                          }
                          ControlResult told =
                              failure == null
                                  ? result
                                  : ControlResult.refused(
                                      "no-answer", "the control loop did not answer: " + failure);
                          answer(
                              context,
                              told.ok() ? HttpResponseStatus.OK : HttpResponseStatus.CONFLICT,
                              StatusWriter.tree(told));
                        }));
  }

  static void refuse(
      ChannelHandlerContext context, HttpResponseStatus status, String code, String sentence) {
    answer(context, status, StatusWriter.tree(ControlResult.refused(code, sentence)));
  }

  static void answer(ChannelHandlerContext context, HttpResponseStatus status, JsonNode body) {
    HttpAnswer.send(
        context,
        status,
        HttpHeaderValues.APPLICATION_JSON,
        ByteBufUtil.writeUtf8(context.alloc(), Json.compact(body) + "\n"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    HttpAnswer.failed(context, LOG, cause);
  }
}
