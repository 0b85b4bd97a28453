package dev.twinspan.ffi.linux;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Requests and their answers: one at a time, matched by sequence number, never waiting for ever.
 */
final class NetlinkClient implements AutoCloseable {
  /** The kernel answers at once or, under a heavy lock, late; never this late. */
  private static final int ANSWER_MILLISECONDS = 5000;

  /** A dump that tables changed under is asked for again, this often. */
  private static final int DUMP_ATTEMPTS = 8;

  private static final int NLMSGERR_ATTR_MSG = 1;

  /** Were all refused, their answers still fit a socket's receive buffer of 208 KiB. */
  private static final int BATCH = 64;

  private final NetlinkSocket socket = new NetlinkSocket(0);
  private int sequence;

  /** Waits for the kernel's consent. */
  void perform(NetlinkRequest request, String words) {
    exchange(request, words, _ -> {});
  }

  /**
   * Performs many requests that ask for an acknowledgement, some dozens with each system call, in
   * order; one that is refused keeps none of the others from being done.
   *
   * @return by the index of each that was refused what the kernel said
   */
  Map<Integer, KernelException> performAll(
      List<NetlinkRequest> requests, IntFunction<String> words) {
    Map<Integer, KernelException> refused = new HashMap<>();
    for (int from = 0; from < requests.size(); from += BATCH) {
      int to = Math.min(from + BATCH, requests.size());
      try {
        batch(requests, from, to, words, refused);
      } catch (KernelException e) {
        // Not sent, or not answered: of these nothing is known.
        for (int i = from; i < to; i++) {
          refused.putIfAbsent(i, e);
        }
      }
    }
    return refused;
  }

  /** Only the last is acknowledged: when that comes, the kernel is through with all of them. */
  private void batch(
      List<NetlinkRequest> requests,
      int from,
      int to,
      IntFunction<String> words,
      Map<Integer, KernelException> refused) {
    int first = sequence + 1;
    int count = to - from;
    sequence += count;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      NetlinkRequest request = requests.get(from + i);
      bytes.writeBytes(
          i == count - 1 ? request.finish(first + i) : request.finishUnanswered(first + i));
    }
    String all = "%s and %d more".formatted(words.apply(from), count - 1);
    socket.send(bytes.toByteArray(), all);
    for (boolean last = false; !last; ) {
      for (NetlinkMessage message : receive(all)) {
        int index = message.sequence() - first;
        if (index < 0 || index >= count || message.type() != NetlinkMessage.NLMSG_ERROR) {
          continue;
        }
        last |= index == count - 1;
        try {
          throwUnlessAck(message, words.apply(from + index));
        } catch (KernelException e) {
          refused.put(from + index, e);
        }
      }
    }
  }

  /**
   * Performs a request that one errno makes needless.
   *
   * @return false when that was the answer
   */
  boolean performUnless(int needless, NetlinkRequest request, String words) {
    try {
      perform(request, words);
      return true;
    } catch (KernelException e) {
      if (e.errno() == needless) {
        return false;
      }
      throw e;
    }
  }

  /** One answer; empty when the kernel has no route to it. */
  <T> Optional<T> ask(
      NetlinkRequest request,
      int answerType,
      Function<NetlinkMessage, @Nullable T> decode,
      String words) {
    List<T> answers = new ArrayList<>(1);
    try {
      exchange(request, words, collect(answers, answerType, decode));
    } catch (KernelException e) {
      if (!isNoRoute(e.errno())) {
        throw e;
      }
    }
    return answers.stream().findFirst();
  }

  /** Blackhole, unreachable and prohibit routes answer a look-up with their errno. */
  private static boolean isNoRoute(int errno) {
    return errno == Errno.ENETUNREACH
        || errno == Errno.EHOSTUNREACH
        || errno == Errno.EACCES
        || errno == Errno.EINVAL;
  }

  /** All routes; none when the table asked for does not exist. */
  List<KernelRoute> dumpUnlessMissing(NetlinkRequest request) {
    try {
      return dump(request, Rtnetlink.RTM_NEWROUTE, Rtnetlink::route, "list routes");
    } catch (KernelException e) {
      if (e.errno() == Errno.ENOENT) {
        return List.of();
      }
      throw e;
    }
  }

  /** A whole table, as it was at one time. */
  <T> List<T> dump(
      NetlinkRequest request,
      int answerType,
      Function<NetlinkMessage, @Nullable T> decode,
      String words) {
    for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      List<T> rows = new ArrayList<>();
      boolean consistent = exchange(request, words, collect(rows, answerType, decode));
      if (consistent) {
        return rows;
      }
    }
    throw new KernelException(
        "netlink: " + words, Errno.EINTR, "it changed during each of " + DUMP_ATTEMPTS + " reads");
  }

  private static <T> Consumer<NetlinkMessage> collect(
      List<T> rows, int type, Function<NetlinkMessage, @Nullable T> decode) {
    return message -> {
      T row = message.type() == type ? decode.apply(message) : null;
      if (row != null) {
        rows.add(row);
      }
    };
  }

  /**
   * Sends and takes answers until the last.
   *
   * @return whether no answer was marked as interrupted by a change
   */
  private boolean exchange(NetlinkRequest request, String words, Consumer<NetlinkMessage> answers) {
    int mine = ++sequence;
    boolean consistent = true;
    socket.send(request.finish(mine), words);
    while (true) {
      for (NetlinkMessage message : receive(words)) {
        // An answer to an earlier request that failed half-way is nobody's any more.
        if (message.sequence() != mine) {
          continue;
        }
        consistent &= (message.flags() & NetlinkMessage.NLM_F_DUMP_INTR) == 0;
        switch (message.type()) {
          case NetlinkMessage.NLMSG_ERROR -> {
            throwUnlessAck(message, words);
            return consistent;
          }
          case NetlinkMessage.NLMSG_DONE -> {
            throwUnlessDone(message, words);
            return consistent;
          }
          default -> answers.accept(message);
        }
      }
    }
  }

  private List<NetlinkMessage> receive(String words) {
    if (!socket.await(ANSWER_MILLISECONDS)) {
      throw new KernelException(
          "netlink: " + words, Errno.ETIMEDOUT, "no answer in " + ANSWER_MILLISECONDS + " ms");
    }
    return switch (socket.receive()) {
      case NetlinkSocket.Received.Datagram(var datagram) -> NetlinkMessage.split(datagram);
      case NetlinkSocket.Received.Failed(int errno) when errno == Errno.EAGAIN -> List.of();
      case NetlinkSocket.Received.Failed(int errno) ->
          throw new KernelException("netlink: " + words, errno);
    };
  }

  /**
   * struct nlmsgerr: error i32, the request's header, the request's body unless NLM_F_CAPPED, and
   * attributes if NLM_F_ACK_TLVS.
   */
  static void throwUnlessAck(NetlinkMessage message, String words) {
    message.require(4);
    int errno = -message.u32(0);
    if (errno == 0) {
      return;
    }
    if ((message.flags() & NetlinkMessage.NLM_F_ACK_TLVS) == 0) {
      throw failure(null, errno, words);
    }
    message.require(4 + NetlinkMessage.HEADER);
    boolean capped = (message.flags() & NetlinkMessage.NLM_F_CAPPED) != 0;
    long repeated = capped ? NetlinkMessage.HEADER : Integer.toUnsignedLong(message.u32(4));
    int attributes = (int) Math.min(4 + ((repeated + 3) & ~3L), message.body().limit());
    throw failure(message.attributes(attributes).string(NLMSGERR_ATTR_MSG), errno, words);
  }

  /** The end of a dump carries an error of its own, and attributes behind it. */
  static void throwUnlessDone(NetlinkMessage message, String words) {
    if (message.body().limit() < 4 || message.u32(0) >= 0) {
      return;
    }
    throw failure(message.attributes(4).string(NLMSGERR_ATTR_MSG), -message.u32(0), words);
  }

  private static KernelException failure(@Nullable String sentence, int errno, String words) {
    if (sentence != null) {
      return new KernelException("netlink: " + words, errno, sentence);
    }
    return errno == Errno.EPERM
        ? new KernelException("netlink: " + words, errno, "it needs CAP_NET_ADMIN")
        : new KernelException("netlink: " + words, errno);
  }

  @Override
  public void close() {
    socket.close();
  }
}
