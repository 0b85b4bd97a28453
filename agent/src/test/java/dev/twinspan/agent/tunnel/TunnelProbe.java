package dev.twinspan.agent.tunnel;

import java.util.function.Consumer;

/** Listens to the transitions of tunnels, and plants bugs: for the simulator. */
public final class TunnelProbe {
  private TunnelProbe() {}

  /**
   * @param told hears of each action as it is decided
   */
  public static TunnelSet heardBy(Consumer<TunnelAction> told) {
    return new TunnelSet(name -> new Heard(name, new HoldDown(), told));
  }

  /** In which a tunnel that waits out its hold-down does so for ever. */
  public static TunnelSet neverLiftsHoldDown(Consumer<TunnelAction> told) {
    return new TunnelSet(name -> new Heard(name, new ForEver(), told));
  }

  private static final class ForEver extends HoldDown {
    @Override
    long length(long now) {
      return super.length(now) == 0 ? 0 : 1_000 * Timing.ESP_TRIAL_LONGEST;
    }
  }

  private static class Heard extends TunnelFsm {
    private final Consumer<TunnelAction> told;

    Heard(String name, HoldDown holdDown, Consumer<TunnelAction> told) {
      super(name, holdDown);
      this.told = told;
    }

    @Override
    void emit(TunnelAction action) {
      super.emit(action);
      told.accept(action);
    }
  }
}
