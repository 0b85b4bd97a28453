package dev.twinspan.agent.status;

import dev.twinspan.agent.status.PageLine.Style;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The live page: a pure function from what the agent told to lines, no larger than it is given
 * room. Sections give way to each other: with little room tunnels shrink to a line, then events,
 * then routes go.
 *
 * <pre>
 *  twinspan branch-0017 · lyon                                  up 2h13m · 12:00:03
 *  2 of 2 tunnels up · ESP ipsec-mb 1.3 · offloads 5 of 6
 * ─────────────────────────────────────────────────────────────────────────────────
 *  ● hub-weu/in0   UP 2h13m     203.0.113.10:4500                  rtt 12.3 ms
 *     IKE …   ESP …   SAs …
 *     in   812 Mbit/s   69 kpps  ▁▂▃▅▆▇█
 *     out  402 Mbit/s   34 kpps  ▁▂▃▅▆▇█
 *  routes, drops, events
 * </pre>
 */
public final class TerminalPage {
  private static final int MIN_EVENTS = 3;

  /** Of the whole box; more are told by plain {@code status}. */
  private static final int MOST_VERDICTS = 3;

  /**
   * How to draw.
   *
   * @param unicode false: only ASCII
   * @param zone of the times shown
   */
  public record Options(boolean unicode, ZoneId zone) {}

  private final StatusHistory history;
  private final AgentStatus status;
  private final int width;
  private final int height;
  private final Options options;
  private final List<PageLine> lines = new ArrayList<>();

  private TerminalPage(
      StatusHistory history, AgentStatus status, int width, int height, Options options) {
    this.history = history;
    this.status = status;
    this.width = width;
    this.height = height;
    this.options = options;
  }

  /**
   * Draws.
   *
   * @param history with at least one copy
   * @param width columns, at least 20
   * @param height lines
   * @return at most {@code height} lines
   */
  public static List<PageLine> render(
      StatusHistory history, int width, int height, Options options) {
    AgentStatus status = history.latest().orElseThrow();
    return new TerminalPage(history, status, Math.max(20, width), height, options).page();
  }

  private List<PageLine> page() {
    header();
    List<TunnelStatus> tunnels = status.tunnels();
    double top = tunnels.stream().mapToDouble(this::highest).max().orElse(0);
    TunnelBlock block = new TunnelBlock(history, status, width, options.unicode(), top);
    List<PageLine> full = tunnels.stream().flatMap(t -> block.full(t).stream()).toList();
    List<PageLine> compact = tunnels.stream().flatMap(t -> block.compact(t).stream()).toList();
    lines.addAll(lines.size() + full.size() + 2 + MIN_EVENTS <= height ? full : compact);
    routes();
    drops();
    events();
    return lines.size() <= height ? lines : List.copyOf(lines.subList(0, height));
  }

  private void header() {
    String dot = options.unicode() ? " · " : " - ";
    String site = status.site().isEmpty() ? "" : dot + status.site();
    lines.add(
        new PageLine(width)
            .add(" twinspan ", Style.STRONG)
            .add(status.device(), Style.STRONG)
            .add(site)
            .right(
                "up " + Quantities.age(status.since(), status.time()) + dot + clock() + " ",
                Style.DIM));
    long up = status.tunnels().stream().filter(t -> t.state() == TunnelStatus.State.UP).count();
    boolean all = up == status.tunnels().size();
    long on = status.offloads().stream().filter(AgentStatus.Offload::on).count();
    PageLine second =
        new PageLine(width)
            .add(" ")
            .add(
                up + " of " + status.tunnels().size() + " tunnels up",
                all ? Style.GOOD : up == 0 ? Style.BAD : Style.WARN);
    int warnings = status.warnings().size();
    if (warnings > 0) {
      second.add(dot).add(warnings + (warnings == 1 ? " warning" : " warnings"), Style.WARN);
    }
    second.add(dot + "ESP " + shortly(status.cryptoBackend().title()), Style.DIM);
    if (!status.offloads().isEmpty()) {
      second.add(dot + "offloads " + on + " of " + status.offloads().size(), Style.DIM);
    }
    if (status.loops().size() > 1) {
      second.add(dot + status.loops().size() + " cores", Style.DIM);
    }
    if (status.fips().on()) {
      second.add(dot + "FIPS", Style.DIM);
    }
    lines.add(second);
    status.added().first().stream()
        .filter(
            verdict -> status.tunnels().stream().noneMatch(t -> t.name().equals(verdict.about())))
        .limit(MOST_VERDICTS)
        .forEach(
            verdict ->
                lines.add(
                    new PageLine(width)
                        .add(" " + verdict.severity() + ": ", Style.WARN)
                        .add(verdict.title() + " ", Style.STRONG)
                        .add("(" + verdict.cause() + "): " + verdict.sentence())));
    lines.add(rule(""));
  }

  /** The instruction sets behind a library's version are for plain {@code status}. */
  private static String shortly(String backend) {
    int end = backend.indexOf(',');
    return end < 0 ? backend : backend.substring(0, end);
  }

  private void routes() {
    if (status.routes().isEmpty()) {
      return;
    }
    int room = height - lines.size() - 1 - MIN_EVENTS - 1;
    if (room < 1) {
      return;
    }
    lines.add(rule("routes"));
    int shown = status.routes().size() <= room ? status.routes().size() : room - 1;
    status.routes().stream().limit(shown).map(this::route).forEach(lines::add);
    int more = status.routes().size() - shown;
    if (more > 0) {
      lines.add(new PageLine(width).add(" and " + more + " more", Style.DIM));
    }
  }

  private PageLine route(RouteStatus route) {
    PageLine line = new PageLine(width).add(" ").add(route.prefix(), Style.STRONG).to(20);
    if (route.shares().isEmpty()) {
      return line.add(" no usable tunnel: packets are dropped", Style.BAD);
    }
    for (RouteStatus.Share share : route.shares()) {
      line.add(" " + share.tunnel() + " ").add(Quantities.percent(share.share()), Style.STRONG);
      line.add("  ");
    }
    return line;
  }

  /** Only what was dropped; a line less when nothing was. */
  private void drops() {
    List<Map.Entry<String, Long>> dropped =
        status.drops().entrySet().stream()
            .filter(entry -> entry.getValue() > 0)
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .toList();
    if (dropped.isEmpty() || lines.size() >= height - MIN_EVENTS - 1) {
      return;
    }
    PageLine line = new PageLine(width).add(" dropped", Style.WARN);
    dropped.forEach(
        entry ->
            line.add("  " + entry.getKey() + " " + Quantities.scaled(entry.getValue()).strip()));
    lines.add(line);
  }

  private void events() {
    int room = height - lines.size() - 1;
    if (room < 1) {
      return;
    }
    lines.add(rule("events"));
    List<Event> events = status.events();
    if (events.isEmpty()) {
      lines.add(new PageLine(width).add(" none yet", Style.DIM));
    }
    // Newest first: the page is read from the top.
    events.reversed().stream().limit(room).map(this::event).forEach(lines::add);
  }

  private PageLine event(Event event) {
    PageLine line =
        new PageLine(width)
            .add(" " + time().format(event.time()) + " ", Style.DIM)
            .add(event.tunnel() == null ? "" : event.tunnel() + " ", Style.STRONG);
    if (event.outage() != null) {
      line.add("outage " + Quantities.span(event.outage()) + " ", Style.WARN);
    }
    return line.add(event.sentence());
  }

  private PageLine rule(String title) {
    String dash = options.unicode() ? "─" : "-";
    String head = title.isEmpty() ? "" : dash + " " + title + " ";
    return new PageLine(width).add(head + dash.repeat(width - head.length()), Style.DIM);
  }

  private double highest(TunnelStatus tunnel) {
    return Math.max(
        history.inBits(tunnel.name()).stream().mapToDouble(d -> d).max().orElse(0),
        history.outBits(tunnel.name()).stream().mapToDouble(d -> d).max().orElse(0));
  }

  private String clock() {
    return time().format(status.time());
  }

  private DateTimeFormatter time() {
    return DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(options.zone());
  }
}
