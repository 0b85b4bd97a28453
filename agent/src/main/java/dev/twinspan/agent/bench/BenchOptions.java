package dev.twinspan.agent.bench;

import dev.twinspan.agent.json.Json;
import dev.twinspan.ffi.crypto.CryptoHelpers;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.SharedBackend;
import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/** What all benches have in common on their command line, and how their reports come out. */
final class BenchOptions {
  @Option(names = "--json", description = "The figures for machines; progress to standard error.")
  private boolean json;

  @Option(
      names = "--back-end",
      paramLabel = "NAME",
      description = "Only this one: ipsec-mb, libcrypto or jce.")
  private @Nullable String backend;

  @Option(
      names = "--crypto-threads",
      paramLabel = "N",
      description =
          "Threads that share the AES of each super-packet with the core that carries it, as"
              + " tunnel-device.crypto-threads; none unless given.")
  private int cryptoThreads;

  private @Nullable CryptoHelpers helpers;

  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  /** A report in both its forms. */
  interface Report {
    List<String> lines();

    ObjectNode json();
  }

  /**
   * @throws ParameterException naming the value, what is expected and the option
   */
  void check() {
    if (backend != null && !EspBackends.names().contains(backend)) {
      throw new ParameterException(
          spec.commandLine(),
          "--back-end is \"%s\", expected one of %s".formatted(backend, EspBackends.names()));
    }
    checkRange(
        spec.commandLine().getCommandSpec(),
        "--crypto-threads",
        cryptoThreads,
        0,
        CryptoHelpers.MAX_THREADS);
  }

  /**
   * @throws ParameterException naming the value, what is expected and the option
   */
  static void checkRange(CommandSpec spec, String option, long value, long least, long most) {
    if (value < least || value > most) {
      throw new ParameterException(
          spec.commandLine(), "%s is %d, expected %d to %d".formatted(option, value, least, most));
    }
  }

  /** A name, or {@code auto}. */
  String backend() {
    return backend == null ? EspBackends.AUTO : backend;
  }

  /** With the threads that were asked for, which end with the program; jce can have none. */
  EspBackend helped(EspBackend alone) {
    if (cryptoThreads == 0 || !SharedBackend.canShare(alone)) {
      return alone;
    }
    if (helpers == null) {
      helpers = new CryptoHelpers(cryptoThreads, 0);
    }
    return new SharedBackend(alone, helpers);
  }

  /** Where progress and failures go. */
  PrintWriter err() {
    return spec.commandLine().getErr();
  }

  void print(Report report) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.print(Json.pretty(report.json()));
    } else {
      report.lines().forEach(out::println);
    }
    out.flush();
  }
}
