package dev.twinspan.agent.status;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/update}. On the "status" thread.
 *
 * @param updates null: this machine has no image that could be updated
 */
record UpdateRequests(@Nullable LocalUpdates updates) {
  private static final ControlResult NONE =
      ControlResult.refused(
          "not_supported",
          "this machine has no image that could be updated: there is no /etc/rauc/system.conf, as"
              + " images of image/build have it");

  void tell(ChannelHandlerContext context) {
    if (updates == null) {
      StatusRequests.refuse(context, HttpResponseStatus.CONFLICT, NONE.code(), NONE.sentence());
    } else {
      StatusRequests.answer(context, HttpResponseStatus.OK, updates.report());
    }
  }

  CompletableFuture<ControlResult> install(Map<String, List<String>> parameters) {
    if (updates == null) {
      return CompletableFuture.completedFuture(NONE);
    }
    String size = one(parameters, "size", "0");
    if (!size.matches("\\d{1,18}")) {
      return CompletableFuture.completedFuture(
          ControlResult.refused("malformed", "expected size=BYTES"));
    }
    return updates.install(
        one(parameters, "url", ""),
        one(parameters, "sha256", ""),
        Long.parseLong(size),
        one(parameters, "force", "false").equals("true"));
  }

  private static String one(Map<String, List<String>> parameters, String name, String usual) {
    return parameters.getOrDefault(name, List.of(usual)).getFirst();
  }
}
