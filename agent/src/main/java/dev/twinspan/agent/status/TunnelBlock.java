package dev.twinspan.agent.status;

import dev.twinspan.agent.status.PageLine.Style;
import dev.twinspan.agent.status.TunnelStatus.ChildSa;
import dev.twinspan.agent.status.TunnelStatus.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One tunnel on the {@link TerminalPage}: several lines where there is room, else one.
 *
 * @param top bits a second that the highest bar of all sparklines stands for
 */
record TunnelBlock(
    StatusHistory history, AgentStatus status, int width, boolean unicode, double top) {
  private static final int INDENT = 4;
  private static final int SPARK_COLUMN = 33;
  private static final int MAX_REASON_LINES = 3;

  /** Shown as 0.01 %; a packet that is under way at the time of the copy is not lost. */
  private static final double LEAST_LOSS = 0.00005;

  /** State, suites and SAs, traffic; or, when it carries none, the reason. */
  List<PageLine> full(TunnelStatus tunnel) {
    List<PageLine> lines = new ArrayList<>();
    lines.add(head(tunnel));
    boolean carries = tunnel.state() == State.UP || tunnel.state() == State.SUSPECT;
    if (carries) {
      lines.add(suites(tunnel));
      lines.add(sas(tunnel));
      session(tunnel).ifPresent(session -> lines.add(bgp(session)));
      lines.add(traffic(tunnel, "in", Style.INBOUND));
      lines.add(traffic(tunnel, "out", Style.OUTBOUND));
      missingPairs(tunnel, lines);
      TunnelStatus.Reason shunned = tunnel.quality().shunned();
      if (shunned != null) {
        lines.add(indented().add("no new flows: ", Style.WARN).add(shunned.sentence()));
      }
    } else {
      reason(tunnel, lines);
    }
    status.added().first().stream()
        .filter(verdict -> verdict.about().equals(tunnel.name()))
        .forEach(verdict -> verdict(verdict, lines));
    return lines;
  }

  /** Why, by the doctor's rules, and the first thing to try. */
  private void verdict(Verdict verdict, List<PageLine> lines) {
    Style style = verdict.severity().equals("problem") ? Style.BAD : Style.WARN;
    lines.add(
        indented()
            .add(verdict.severity() + ": ", style)
            .add(verdict.title() + " ", Style.STRONG)
            .add("(" + verdict.cause() + ")", Style.DIM));
    if (!verdict.fixes().isEmpty()) {
      String fix = "fix: " + verdict.fixes().getFirst();
      List<String> wrapped = wrap(fix, width - INDENT - 1);
      for (String text : wrapped.subList(0, Math.min(MAX_REASON_LINES, wrapped.size()))) {
        lines.add(indented().add(text));
      }
    }
  }

  /** Name, state and rates, or name, state and the beginning of the reason. */
  List<PageLine> compact(TunnelStatus tunnel) {
    PageLine line = nameAndState(tunnel);
    if (tunnel.state() == State.UP) {
      line.add(" in ", Style.DIM)
          .add(Quantities.bits(last(history.inBits(tunnel.name()))), Style.INBOUND)
          .add("  out ", Style.DIM)
          .add(Quantities.bits(last(history.outBits(tunnel.name()))), Style.OUTBOUND);
    } else {
      line.add(" " + tunnel.reason().sentence());
    }
    return List.of(line);
  }

  private PageLine head(TunnelStatus tunnel) {
    PageLine line = nameAndState(tunnel);
    if (tunnel.remote() != null) {
      line.add(" " + (unicode ? "→ " : "> ") + tunnel.remote());
    }
    if (tunnel.ike() != null && (tunnel.ike().natHere() || tunnel.ike().natThere())) {
      line.add(" NAT", Style.DIM);
    }
    return line.right("rtt " + Quantities.span(tunnel.rtt()) + " ", Style.DIM);
  }

  private PageLine nameAndState(TunnelStatus tunnel) {
    Style style = style(tunnel.state());
    return new PageLine(width)
        .add(" " + mark(tunnel.state()) + " ", style)
        .add(tunnel.name() + " ", Style.STRONG)
        .add(tunnel.state().name().toLowerCase(Locale.ROOT), style)
        .add(" " + Quantities.age(tunnel.since(), status.time()), Style.DIM);
  }

  private PageLine suites(TunnelStatus tunnel) {
    PageLine line = indented();
    if (tunnel.ike() != null) {
      line.add("IKE ", Style.DIM).add(tunnel.ike().suite());
    }
    sending(tunnel).ifPresent(sa -> line.add("  ESP ", Style.DIM).add(sa.suite()));
    return line;
  }

  private PageLine sas(TunnelStatus tunnel) {
    PageLine line = indented();
    sending(tunnel)
        .ifPresent(
            sa ->
                line.add("SPI in ", Style.DIM)
                    .add("%08x".formatted(sa.inboundSpi()))
                    .add(" out ", Style.DIM)
                    .add("%08x".formatted(sa.outboundSpi()))
                    .add(" age ", Style.DIM)
                    .add(Quantities.age(sa.since(), status.time())));
    int more = tunnel.childSas().size() - 1;
    if (more > 0) {
      line.add(" and " + more + " more SA" + (more == 1 ? "" : "s"), Style.DIM);
    }
    count(line, "rekeys", tunnel.rekeys(), Style.DIM);
    count(line, "retransmits", tunnel.retransmits(), Style.WARN);
    double loss = history.loss(tunnel.name());
    if (loss >= LEAST_LOSS) {
      line.add(String.format(Locale.ROOT, "  loss %.2f %%", loss * 100), Style.WARN);
    }
    String drops =
        tunnel.drops().entrySet().stream()
            .filter(entry -> entry.getValue() > 0)
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .map(entry -> entry.getKey() + " " + Quantities.scaled(entry.getValue()).strip())
            .collect(Collectors.joining(", "));
    return drops.isEmpty() ? line : line.add("  dropped " + drops, Style.WARN);
  }

  private Optional<BgpSession> session(TunnelStatus tunnel) {
    return status.bgp().stream().filter(s -> s.tunnel().equals(tunnel.name())).findFirst();
  }

  private PageLine bgp(BgpSession session) {
    boolean up = session.state() == BgpSession.State.ESTABLISHED;
    PageLine line =
        indented()
            .add("BGP ", Style.DIM)
            .add(session.state().name().toLowerCase(Locale.ROOT), up ? Style.GOOD : Style.WARN)
            .add(" " + Quantities.age(session.since(), status.time()), Style.DIM);
    if (session.stale() > 0) {
      line.add(" %d prefixes kept for its restart".formatted(session.stale()), Style.WARN);
    }
    if (!up) {
      return line.add(" " + session.reason().sentence());
    }
    line.add(" AS ", Style.DIM)
        .add(Long.toString(session.asn()))
        .add("  prefixes in ", Style.DIM)
        .add(Integer.toString(session.accepted()))
        .add(" out ", Style.DIM)
        .add(Integer.toString(session.advertised()));
    return session.alarms().isEmpty()
        ? line
        : line.add("  " + session.alarms().getFirst(), Style.WARN);
  }

  /** Of many the first says why. */
  private void missingPairs(TunnelStatus tunnel, List<PageLine> lines) {
    if (!tunnel.missingPairs().isEmpty()) {
      TunnelStatus.MissingPair first = tunnel.missingPairs().getFirst();
      int n = tunnel.missingPairs().size();
      lines.add(
          indented()
              .add(n + (n == 1 ? " pair" : " pairs") + " missing ", Style.WARN)
              .add(first.local() + " to " + first.remote() + ": ")
              .add(first.reason().sentence()));
    }
  }

  private static void count(PageLine line, String what, long number, Style style) {
    if (number > 0) {
      line.add("  " + what + " " + number, style);
    }
  }

  private PageLine traffic(TunnelStatus tunnel, String direction, Style style) {
    boolean in = direction.equals("in");
    List<Double> bits = in ? history.inBits(tunnel.name()) : history.outBits(tunnel.name());
    List<Double> packets =
        in ? history.inPackets(tunnel.name()) : history.outPackets(tunnel.name());
    TunnelStatus.Traffic traffic = tunnel.traffic();
    String total = Quantities.bytes(in ? traffic.inBytes() : traffic.outBytes());
    int spark = width - SPARK_COLUMN - 10;
    PageLine line =
        indented()
            .add("%-4s".formatted(direction), Style.DIM)
            .add("%11s".formatted(Quantities.bits(last(bits))), style)
            .add("%11s".formatted(Quantities.packets(last(packets))), Style.DIM)
            .to(SPARK_COLUMN);
    if (spark > 0) {
      line.add(Sparkline.of(bits, spark, top, unicode), style);
    }
    return line.right(total + " ", Style.DIM);
  }

  private void reason(TunnelStatus tunnel, List<PageLine> lines) {
    int room = width - INDENT - 1;
    List<String> wrapped = wrap(tunnel.reason().sentence(), room);
    for (String text : wrapped.subList(0, Math.min(MAX_REASON_LINES, wrapped.size()))) {
      lines.add(indented().add(text));
    }
    for (Map.Entry<String, String> detail : tunnel.reason().details().entrySet()) {
      lines.add(indented().add(detail.getKey() + ": ", Style.DIM).add(detail.getValue()));
    }
  }

  /** Broken at blanks. */
  static List<String> wrap(String text, int room) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split("\\s+", -1)) {
      if (line.length() > 0 && line.length() + 1 + word.length() > room) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.length() == 0 ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }

  private PageLine indented() {
    return new PageLine(width).to(INDENT);
  }

  private static Optional<ChildSa> sending(TunnelStatus tunnel) {
    return tunnel.childSas().stream().filter(ChildSa::sending).findFirst();
  }

  private static double last(List<Double> values) {
    return values.isEmpty() ? 0 : values.getLast();
  }

  private String mark(State state) {
    return switch (state) {
      case UP -> unicode ? "●" : "*";
      case SUSPECT -> unicode ? "◐" : "?";
      case CONNECTING -> unicode ? "◌" : "~";
      case LOST -> unicode ? "✗" : "x";
      case HELD -> unicode ? "◑" : "h";
      case LEAVING, DRAINING -> unicode ? "◍" : "v";
      case IDLE, DRAINED -> unicode ? "○" : "o";
      case CLOSING -> unicode ? "◍" : "v";
      case FAILED -> unicode ? "✗" : "x";
    };
  }

  private static Style style(State state) {
    return switch (state) {
      case UP -> Style.GOOD;
      case SUSPECT, HELD, LEAVING, DRAINING, CONNECTING, CLOSING -> Style.WARN;
      case FAILED, LOST -> Style.BAD;
      case IDLE, DRAINED -> Style.DIM;
    };
  }
}
