package dev.twinspan.agent.fleet.command;

import dev.twinspan.agent.update.UpdateOrder;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/** A command that was understood. */
sealed interface Order {
  record Reset(String tunnel) implements Order {}

  /**
   * @param ike the IKE SA instead of the CHILD SA
   */
  record Rekey(String tunnel, boolean ike) implements Order {}

  record Drain(String tunnel) implements Order {}

  record Undrain(String tunnel) implements Order {}

  /**
   * @param tunnel null: all that have a neighbour
   */
  record SelfDrill(@Nullable String tunnel) implements Order {}

  /**
   * @param tunnel null: all
   */
  record Capture(@Nullable String tunnel, int seconds) implements Order {}

  record SpeedTest(int seconds) implements Order {}

  /**
   * @param seconds after which the level is what it was
   */
  record LogLevel(Level level, int seconds) implements Order {}

  record Reboot() implements Order {}

  record Update(UpdateOrder wanted) implements Order {}

  /** The one it touches; null: none, or all. */
  default @Nullable String on() {
    return switch (this) {
      case Reset order -> order.tunnel();
      case Rekey order -> order.tunnel();
      case Drain order -> order.tunnel();
      case Undrain order -> order.tunnel();
      case SelfDrill order -> order.tunnel();
      case Capture order -> order.tunnel();
      case SpeedTest _, LogLevel _, Reboot _, Update _ -> null;
    };
  }

  /** Whether two at once would undo each other's work. */
  default boolean collides(Order other) {
    boolean kin = getClass() == other.getClass();
    if (!moves() || !other.moves()) {
      return kin;
    }
    return on() == null || other.on() == null || on().equals(other.on());
  }

  /** Whether it changes what a tunnel is. */
  private boolean moves() {
    return switch (this) {
      case Reset _, Rekey _, Drain _, Undrain _, SelfDrill _ -> true;
      case Capture _, SpeedTest _, LogLevel _, Reboot _, Update _ -> false;
    };
  }
}
