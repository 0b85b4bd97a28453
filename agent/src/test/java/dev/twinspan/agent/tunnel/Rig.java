package dev.twinspan.agent.tunnel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Two tunnels of one connection in a world of their own: what is sent by the first comes back by
 * the first, unless told otherwise. Time passes in milliseconds.
 */
final class Rig {
  static final String IN0 = "hub/in0";
  static final String IN1 = "hub/in1";
  private static final long MS = Timing.MILLISECOND;

  /** The datapath tells of the first packet after so long. */
  private static final long PAUSE = 500 * MS;

  /** What is true of a way at the moment. */
  static final class Way {
    boolean keyed = true;
    boolean ike = true;
    boolean espOut = true;
    boolean espIn = true;
    long roundTripMillis = 2;

    /** Packets are sent each so many milliseconds; 0: none. */
    long everyMillis;

    /** Whether what is sent is answered. */
    boolean answered = true;

    /** Whether answers to what this one sends come by the other. */
    boolean answersElsewhere;

    /** Whether its target is known to answer probes; they go by ESP. */
    boolean probed;

    /** Whether it does. */
    boolean probesAnswered = true;

    private int probes;
    private long probeHeardAt;

    private long sentAt;
    private long sent;
    private long heardAt;
    private long heard;
    private long lost;

    /** Of what comes back one in so many is lost; 0: none. */
    int losesOneIn;

    private long due;
    private long answeredAt;
    private int asked;

    void dies() {
      ike = false;
      espOut = false;
      espIn = false;
    }

    void revives() {
      ike = true;
      espOut = true;
      espIn = true;
    }

    int asked() {
      return asked;
    }

    int probes() {
      return probes;
    }
  }

  final TunnelSet set;
  final Map<String, Way> ways = new LinkedHashMap<>();
  final List<TunnelAction> actions = new ArrayList<>();
  private final TreeMap<Long, List<Consumer<Long>>> later = new TreeMap<>();
  private long millis = 1_000;

  private long stride = 1;

  /** The datapath has told of a packet. */
  private boolean stirred;

  private int looks;

  Rig(String... names) {
    this(new TunnelSet(), names);
  }

  Rig(TunnelSet set, String... names) {
    this.set = set;
    set.configure(Map.of("hub", List.of(names)));
    for (String name : names) {
      ways.put(name, new Way());
    }
  }

  /** From now on a step is so many milliseconds. */
  void stride(long step) {
    stride = step;
  }

  static Rig pair() {
    return new Rig(IN0, IN1);
  }

  Way way(String name) {
    Way way = ways.get(name);
    if (way == null) {
      throw new IllegalArgumentException(name);
    }
    return way;
  }

  /** Two-way traffic on all, a packet each so many milliseconds. */
  Rig talking(long everyMillis) {
    ways.values().forEach(way -> way.everyMillis = everyMillis);
    return this;
  }

  long now() {
    return millis * MS;
  }

  void pass(long millisToPass) {
    for (long end = millis + millisToPass; millis < end; millis += stride) {
      step();
    }
  }

  /** Until the tunnel is in that phase; returns how many milliseconds that took. */
  long until(String tunnel, TunnelPhase phase, long limit) {
    long from = millis;
    while (set.view(tunnel).phase() != phase) {
      if (millis - from > limit) {
        throw new AssertionError(
            "%s is %s after %d ms".formatted(tunnel, set.view(tunnel), millis - from));
      }
      pass(1);
    }
    return millis - from;
  }

  /** How often the tunnels were looked at until now. */
  int looks() {
    return looks;
  }

  /** This machine does nothing at all for so long. */
  void stall(long forMillis) {
    millis += forMillis;
  }

  private void step() {
    while (!later.isEmpty() && later.firstKey() <= millis) {
      later.pollFirstEntry().getValue().forEach(what -> what.accept(now()));
    }
    ways.forEach(this::traffic);
    if (stirred || now() - set.nextLook() >= 0) {
      stirred = false;
      looks++;
      perform(set.look(now(), this::see));
    }
  }

  private void traffic(String name, Way way) {
    boolean carries = set.usable("hub").contains(name);
    if (way.everyMillis == 0 || !carries || millis % way.everyMillis >= stride) {
      return;
    }
    stirred |= now() - way.sentAt > PAUSE;
    way.sentAt = now();
    way.sent++;
    Way back = way.answersElsewhere ? ways.get(name.equals(IN0) ? IN1 : IN0) : way;
    if (way.answered && way.espOut) {
      after(
          way.roundTripMillis,
          at -> {
            back.due++;
            if (back.losesOneIn != 0 && back.due % back.losesOneIn == 0) {
              back.lost++;
            } else if (back.espIn) {
              heard(back, at);
            }
          });
    }
  }

  private void after(long inMillis, Consumer<Long> what) {
    later.computeIfAbsent(millis + inMillis, _ -> new ArrayList<>()).add(what);
  }

  /** A packet comes by that tunnel. */
  void hears(String name) {
    heard(way(name), now());
  }

  private void heard(Way way, long at) {
    stirred |= at - way.heardAt > PAUSE;
    way.heardAt = at;
    way.heard++;
  }

  private Sighting see(String name) {
    Way way = way(name);
    return new Sighting(
        way.keyed,
        way.sentAt,
        way.sent,
        way.heardAt,
        way.heard,
        way.lost,
        way.answeredAt,
        new Sighting.Inside(way.probed, way.probeHeardAt, way.roundTripMillis * MS));
  }

  void perform(List<TunnelAction> some) {
    for (TunnelAction action : some) {
      actions.add(action);
      if (action instanceof TunnelAction.Probe(String tunnel)) {
        Way way = way(tunnel);
        way.probes++;
        if (way.espOut && way.probesAnswered) {
          after(way.roundTripMillis, at -> way.probeHeardAt = way.espIn ? at : way.probeHeardAt);
        }
      }
      if (action instanceof TunnelAction.Ask(String tunnel)) {
        Way way = way(tunnel);
        way.asked++;
        if (way.ike) {
          after(
              way.roundTripMillis,
              at -> {
                if (way.ike) {
                  way.answeredAt = at;
                }
              });
        }
      }
    }
  }

  List<TunnelPhase> phases(String tunnel) {
    return actions.stream()
        .filter(a -> a instanceof TunnelAction.Transition && a.tunnel().equals(tunnel))
        .map(a -> ((TunnelAction.Transition) a).phase())
        .toList();
  }
}
