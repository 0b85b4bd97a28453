package dev.twinspan.datapath.worker;

import dev.twinspan.datapath.ProbeAnswer;
import dev.twinspan.datapath.packet.EchoProbe;
import dev.twinspan.datapath.packet.PacketView;
import java.lang.foreign.MemorySegment;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Answers to probes, taken from among the packets by the worker of WAN → LAN and fetched by the
 * control thread. Bounded: what nobody fetches in time is forgotten.
 */
public final class ProbeBoard {
  private static final int MOST = 256;

  private final long token;
  private final Queue<ProbeAnswer> answers = new ArrayBlockingQueue<>(MOST);

  /**
   * @param token secret, of this run
   */
  public ProbeBoard(long token) {
    this.token = token;
  }

  public long token() {
    return token;
  }

  /** Worker: whether the packet was an answer, and is no packet for the LAN. */
  boolean takes(MemorySegment s, long at, PacketView view, int heardBy, long now) {
    if (!EchoProbe.isReply(s, at, view, token)) {
      return false;
    }
    boolean unused =
        answers.offer(
            new ProbeAnswer(
                EchoProbe.tunnel(s, at, view), heardBy, EchoProbe.number(s, at, view), now));
    return true;
  }

  /** Control thread: the next answer, or null. */
  public @Nullable ProbeAnswer poll() {
    return answers.poll();
  }
}
