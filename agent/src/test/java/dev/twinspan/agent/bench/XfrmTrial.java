package dev.twinspan.agent.bench;

import dev.twinspan.agent.json.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@link XfrmBenchIT} has done inside the other kernel: with arguments the bench they name,
 * without any the comparison's part of the kernel's own ESP alone. What it found is one line.
 */
final class XfrmTrial {
  static final String FOUND = "@found@";

  private static final Duration SLICE = Duration.ofSeconds(1);

  private XfrmTrial() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println(FOUND + (arguments.length == 0 ? alone() : bench(arguments)));
  }

  private static String alone() {
    ObjectNode found = Json.object();
    try (ProgressBar bar = new ProgressBar(new PrintWriter(System.err, true), false, 2);
        RivalSet xfrm = RivalSet.start(List.of(Rival.XFRM), 1, bar)) {
      List<Comparison.Row> rows =
          xfrm.contenders().isEmpty()
              ? List.of()
              : new Contest(xfrm.contenders(), 1, SLICE, bar).run();
      new Comparison(rows, xfrm.refused()).writeTo(found);
    }
    return Json.compact(found);
  }

  private static String bench(String... arguments) throws Exception {
    StringWriter out = new StringWriter();
    int exit =
        new CommandLine(new BenchCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(System.err, true))
            .execute(arguments);
    if (exit != 0) {
      throw new IllegalStateException("exit code " + exit);
    }
    return Json.compact(Json.parse(out.toString()));
  }
}
