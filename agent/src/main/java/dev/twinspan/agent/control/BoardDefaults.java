package dev.twinspan.agent.control;

import dev.twinspan.agent.board.Board;
import dev.twinspan.agent.board.BoardReader;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.datapath.Offload;
import dev.twinspan.datapath.OffloadSwitches;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What the board that the image was made for says of how packets are carried, under what the
 * configuration says. Immutable.
 *
 * @param name empty: the board has no name, as this is none of ours
 * @param cores 0: it does not say
 * @param nice 0: it does not say
 * @param broken offloads that its network cards get wrong, as in {@code tunnel-device.offloads}
 */
record BoardDefaults(String name, int cores, int nice, Set<String> broken) {
  private static final BoardDefaults NONE = new BoardDefaults("", 0, 0, Set.of());

  BoardDefaults {
    broken = Set.copyOf(broken);
  }

  static BoardDefaults ofBox() {
    return of(BoardReader.installed(BoardReader.OF_BOX));
  }

  static BoardDefaults of(Optional<Board> board) {
    return board
        .map(
            b ->
                new BoardDefaults(
                    b.name(), b.cores(), b.nice(), Set.copyOf(b.network().offloadsOff())))
        .orElse(NONE);
  }

  int loops(AgentConfig config, int processors) {
    return config.loops(processors, cores);
  }

  int nice(AgentConfig config) {
    int wanted = config.tunnelDevice().nice();
    return wanted != 0 ? wanted : nice;
  }

  /** Those that the configuration leaves on, and the board's cards get right. */
  OffloadSwitches offloads(AgentConfig config) {
    OffloadSwitches wanted = config.tunnelDevice().offloads();
    return new OffloadSwitches(
        wanted.checksum() && right("checksum"),
        wanted.tso() && right("tso"),
        wanted.uso() && right("uso"),
        wanted.coalescing() && right("coalescing"),
        wanted.udpSegment() && right("udp-segment"),
        wanted.udpGro() && right("udp-gro"));
  }

  /** As status has it: one that is off because of the board says so. */
  AgentStatus.Offload told(Offload offload) {
    String word = offload.name().toLowerCase(Locale.ROOT).replace('_', '-');
    boolean ours = !offload.on() && !right(word);
    return new AgentStatus.Offload(
        offload.where() + " " + offload.name(),
        offload.on(),
        ours
            ? "switched off: the network cards of this board (%s) get it wrong".formatted(name)
            : offload.reason());
  }

  private boolean right(String offload) {
    return !broken.contains(offload);
  }
}
