package dev.twinspan.agent.doctor;

import dev.twinspan.agent.doctor.Reach.Answer;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.status.TunnelStatus.State;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Tries what the peers' addresses answer, all at once. Takes ten seconds at most; any thread. */
public final class Reaching {
  /** IP packets that links have room for, from Ethernet down to what every IPv4 host takes. */
  private static final List<Integer> SIZES =
      List.of(
          1500, 1492, 1484, 1472, 1464, 1452, 1436, 1420, 1400, 1372, 1340, 1280, 1200, 1000, 576);

  private Reaching() {}

  /**
   * Tunnels whose peer is silent: whether it answers at all. Tunnels that are up: how large a
   * packet gets there.
   */
  public static Map<String, Reach> of(AgentStatus status) throws InterruptedException {
    return of(status, true);
  }

  /** Of the silent ones alone. */
  static Map<String, Reach> ofSilent(AgentStatus status) throws InterruptedException {
    return of(status, false);
  }

  private static Map<String, Reach> of(AgentStatus status, boolean measure)
      throws InterruptedException {
    Map<String, Future<Reach>> under = new LinkedHashMap<>();
    Map<String, Reach> reaches = new LinkedHashMap<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (TunnelStatus tunnel : status.tunnels()) {
        boolean up = measure && tunnel.state() == State.UP;
        if (up || PathRule.isSilent(tunnel)) {
          knock(tunnel)
              .ifPresent(
                  k -> under.put(tunnel.name(), threads.submit(() -> reach(k, up, threads))));
        }
      }
      for (Map.Entry<String, Future<Reach>> each : under.entrySet()) {
        reaches.put(each.getKey(), each.getValue().get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    return reaches;
  }

  private static Optional<Knock> knock(TunnelStatus tunnel) {
    InetAddress remote = address(tunnel.remote());
    if (remote == null) {
      remote = address(tunnel.reason().details().get("peer"));
    }
    return remote == null
        ? Optional.empty()
        : Optional.of(new Knock(address(tunnel.local()), remote));
  }

  /**
   * @param text {@code 203.0.113.10:4500}, {@code [2001:db8::1]:4500}, or without a port
   */
  private static @Nullable InetAddress address(@Nullable String text) {
    if (text == null) {
      return null;
    }
    String host = text;
    if (text.startsWith("[")) {
      host = text.substring(1, Math.max(1, text.indexOf(']')));
    } else if (text.indexOf(':') == text.lastIndexOf(':') && text.contains(":")) {
      host = text.substring(0, text.indexOf(':'));
    }
    try {
      return InetAddress.ofLiteral(host);
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  private static Reach reach(Knock knock, boolean measure, ExecutorService threads)
      throws ExecutionException, InterruptedException {
    Future<Answer> at500 = threads.submit(() -> knock.at(Knock.IKE, 0));
    Answer natTraversal = knock.at(Knock.NAT_TRAVERSAL, 0);
    Answer ike = at500.get();
    if (!measure || natTraversal != Answer.ANSWERED) {
      return new Reach(ike, natTraversal);
    }
    if (arrives(knock, 0)) {
      return new Reach(ike, natTraversal, SIZES.getFirst(), 0);
    }
    int arrives = SIZES.size() - 1;
    int lost = 0;
    if (!arrives(knock, arrives)) {
      // It does not like what we send, whatever its size.
      return new Reach(ike, natTraversal);
    }
    while (arrives - lost > 1) {
      int middle = (arrives + lost) / 2;
      if (arrives(knock, middle)) {
        arrives = middle;
      } else {
        lost = middle;
      }
    }
    return new Reach(ike, natTraversal, SIZES.get(arrives), SIZES.get(lost));
  }

  private static boolean arrives(Knock knock, int index) {
    return knock.at(Knock.NAT_TRAVERSAL, SIZES.get(index)) == Answer.ANSWERED;
  }
}
