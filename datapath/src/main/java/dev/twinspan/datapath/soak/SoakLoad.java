package dev.twinspan.datapath.soak;

import java.util.ArrayList;
import java.util.List;

/**
 * All around the datapath of one lane: flows with both their ends, and the wires of its tunnels.
 */
public final class SoakLoad {
  private static final int UDP_FLOWS = 6;
  private static final int TCP_FLOWS = 2;

  private final List<SoakFlow> flows = new ArrayList<>();
  private final SoakSource source;
  private final SoakSink sink;
  private final List<Mischief> mischief;

  public SoakLoad(long seed, List<SoakWire> wires) {
    for (int i = 0; i < UDP_FLOWS + TCP_FLOWS; i++) {
      flows.add(new SoakFlow(i, i >= UDP_FLOWS, seed + ((long) i << 56)));
    }
    source = new SoakSource(flows);
    sink = new SoakSink(flows);
    mischief = new ArrayList<>();
    for (int i = 0; i < wires.size(); i++) {
      mischief.add(new Mischief(wires.get(i), (seed + i + 1) * 0x9E3779B97F4A7C15L));
    }
  }

  public SoakSource source() {
    return source;
  }

  public SoakSink sink() {
    return sink;
  }

  /** Between sending and receiving. */
  public void disturb() {
    for (int i = 0; i < mischief.size(); i++) {
      mischief.get(i).act();
    }
  }

  /** Nothing will be sent any more. */
  public void finish() {
    mischief.forEach(Mischief::finish);
  }

  /** Packets sent that have not come. */
  public long missing() {
    return flows.stream().mapToLong(flow -> flow.sent() - flow.arrived()).sum();
  }

  public long reordered() {
    return mischief.stream().mapToLong(Mischief::reordered).sum();
  }

  public long replays() {
    return mischief.stream().mapToLong(Mischief::replays).sum();
  }

  public long forged() {
    return mischief.stream().mapToLong(Mischief::forged).sum();
  }

  public long foreign() {
    return mischief.stream().mapToLong(Mischief::foreign).sum();
  }
}
