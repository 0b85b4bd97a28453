package dev.twinspan.agent.control;

import dev.twinspan.agent.capture.Capture;
import dev.twinspan.agent.capture.CaptureRequest;
import dev.twinspan.agent.capture.CaptureStart;
import dev.twinspan.agent.config.AgentConfig.Crypto;
import dev.twinspan.agent.ike.IkeAction;
import dev.twinspan.agent.ike.IkeAction.IkeKeyed;
import dev.twinspan.agent.ike.IkeAction.InstallChild;
import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.datapath.IkeDatagram;
import dev.twinspan.datapath.PacketEngine;
import dev.twinspan.datapath.capture.PacketTap;
import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The capture that is under way, if one is. Runs on the control loop.
 *
 * <p>Keys are given out of SAs made while it runs, and of IKE SAs that are there: the keys of older
 * CHILD SAs are nowhere but in the cipher. So the CHILD SAs are replaced at its start, and, at its
 * end, all SAs, so that what was given out opens nothing before and nothing after.
 */
final class Captures {
  private final TunnelTable table;
  private final IkeEngine engine;
  private final PacketEngine datapath;
  private final EventRing events;
  private final Crypto crypto;
  private final Consumer<List<IkeAction>> perform;
  private @Nullable Capture current;
  private Set<String> exposed = Set.of();

  /**
   * @param perform carries out what the core asks for
   */
  Captures(
      TunnelTable table,
      IkeEngine engine,
      PacketEngine datapath,
      EventRing events,
      Crypto crypto,
      Consumer<List<IkeAction>> perform) {
    this.table = table;
    this.engine = engine;
    this.datapath = datapath;
    this.events = events;
    this.crypto = crypto;
    this.perform = perform;
  }

  CaptureStart start(CaptureRequest request) {
    look();
    if (current != null) {
      return refused(
          "busy",
          "a capture of user %s is under way: end that one first"
              .formatted(current.request().user()));
    }
    if (request.keys() && crypto.fips()) {
      return refused(
          "fips", "keys do not leave the box with fips: true: capture without --with-keys");
    }
    Tunnel tunnel = request.tunnel() == null ? null : table.tunnel(request.tunnel());
    if (request.tunnel() != null && tunnel == null) {
      return refused("unknown-tunnel", "no tunnel " + request.tunnel());
    }
    Capture capture = new Capture(request, tunnel == null ? PacketTap.ALL : tunnel.id());
    current = capture;
    if (capture.receivedTap() != null) {
      datapath.tap(capture.receivedTap(), capture.sentTap());
    }
    events.add(
        request.tunnel(),
        "capture-started",
        "user %s captures %s, for %d s at most"
            .formatted(request.user(), request.words(), request.seconds()),
        null);
    if (request.keys()) {
      expose(request);
    }
    return new CaptureStart.Running(capture);
  }

  private static CaptureStart refused(String code, String sentence) {
    return new CaptureStart.Refused(ControlResult.refused(code, sentence));
  }

  private void expose(CaptureRequest request) {
    exposed =
        request.tunnel() == null ? new LinkedHashSet<>(table.names()) : Set.of(request.tunnel());
    events.add(
        request.tunnel(),
        "keys-given-out",
        "user %s gets the keys of %s: whoever has them reads what is sent until the capture ends"
            .formatted(request.user(), String.join(", ", exposed)),
        null);
    perform.accept(engine.tellKeys(exposed));
    if (request.esp()) {
      exposed.forEach(this::replaceChildren);
    }
  }

  private void replaceChildren(String name) {
    Tunnel tunnel = table.tunnel(name);
    if (tunnel != null) {
      for (Tunnel.Pair pair : List.copyOf(tunnel.pairs())) {
        perform.accept(engine.childExhausted(System.nanoTime(), pair.inbound.spi()));
      }
    }
  }

  /** Winds up a capture that has ended. */
  void look() {
    Capture capture = current;
    if (capture != null && capture.ended() != null) {
      current = null;
      if (capture.receivedTap() != null) {
        datapath.tap(null, null);
      }
      events.add(
          capture.request().tunnel(),
          "capture-ended",
          "%s: %d packets captured, %d dropped for want of room"
              .formatted(capture.ended(), capture.kept(), capture.dropped()),
          null);
      cover(capture);
    }
  }

  private void cover(Capture capture) {
    Set<String> names = exposed;
    if (names.isEmpty()) {
      return;
    }
    exposed = Set.of();
    perform.accept(engine.tellKeys(Set.of()));
    capture.forgetKeys();
    for (String name : names) {
      perform.accept(engine.rekey(System.nanoTime(), name, true));
      replaceChildren(name);
    }
  }

  /** The agent goes down. */
  void close() {
    Capture capture = current;
    if (capture != null) {
      capture.end("the agent stops");
      exposed = Set.of();
      look();
      capture.forgetKeys();
    }
  }

  // --- what is captured here --------------------------------------------------------------------

  void received(IkeDatagram datagram) {
    Capture capture = current;
    if (capture != null) {
      capture.ike(
          false,
          tunnelAt(datagram.remote().getAddress()),
          datagram.remote(),
          datagram.local(),
          datagram.message(),
          datagram.receivedNanos());
    }
  }

  void sent(IkeAction.Send send) {
    Capture capture = current;
    if (capture != null) {
      capture.ike(
          true,
          tunnelAt(send.remote().getAddress()),
          send.local(),
          send.remote(),
          send.message(),
          System.nanoTime());
    }
  }

  private int tunnelAt(InetAddress remote) {
    for (Tunnel tunnel : table.tunnels()) {
      if (tunnel.remote().getAddress().equals(remote)) {
        return tunnel.id();
      }
    }
    return -1;
  }

  void keys(IkeKeyed keyed) {
    Capture capture = current;
    if (capture != null) {
      capture.keys(keyed);
    }
    keyed.initiator().destroy();
    keyed.responder().destroy();
  }

  /** Before they are installed, which zeroes them. */
  void keys(InstallChild child) {
    Capture capture = current;
    if (capture != null && exposed.contains(child.peer())) {
      capture.keys(child);
    }
  }
}
