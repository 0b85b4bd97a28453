package dev.twinspan.agent.bench;

import dev.twinspan.agent.terminal.Terminal;
import dev.twinspan.ffi.crypto.CipherBench;
import dev.twinspan.ffi.crypto.CipherBench.Figures;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspBackendException;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspBackends.Choice;
import dev.twinspan.ffi.crypto.EspTransform;
import dev.twinspan.ffi.crypto.SharedBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code twinspan bench crypto}. */
@Command(
    name = "crypto",
    description = {
      "ESP on one core: nanoseconds a packet for each cipher library, transform and packet size,",
      "with the library's own share beside it, measured in turns. Needs no rights, sends nothing."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:measured", "2:the command line is wrong"})
final class CryptoBenchCommand implements Callable<Integer> {
  private static final List<EspTransform> TRANSFORMS =
      List.of(
          EspTransform.AES_GCM_256,
          EspTransform.AES_GCM_128,
          EspTransform.AES_CBC_256_SHA256_128,
          EspTransform.AES_CBC_256_SHA1_96);
  private static final List<Integer> LENGTHS = List.of(CryptoReport.LARGE, CryptoReport.SMALL);

  @Mixin private BenchOptions options = new BenchOptions();

  @Mixin private TimeOption time = new TimeOption();

  @Override
  public Integer call() {
    options.check();
    time.check(1);
    String wanted = options.backend();
    options.print(measure(wanted.equals(EspBackends.AUTO) ? EspBackends.names() : List.of(wanted)));
    return 0;
  }

  private CryptoReport measure(List<String> names) {
    Machine machine = Machine.detect();
    Choice choice = EspBackends.choose(options.backend());
    List<String> words = new ArrayList<>();
    List<EspBackend> backends = new ArrayList<>();
    for (String name : names) {
      try {
        EspBackend backend = options.helped(EspBackends.choose(name).backend());
        backends.add(backend);
        words.add("%s: %s".formatted(SharedBackend.describe(backend), backend.version()));
      } catch (EspBackendException e) {
        words.add("%s is not measured: %s".formatted(name, e.getMessage()));
      }
    }
    return new CryptoReport(
        machine,
        new CryptoReport.Chosen(choice.backend().name(), choice.reason()),
        words,
        figures(backends));
  }

  private List<Figures> figures(List<EspBackend> backends) {
    int rows = backends.size() * TRANSFORMS.size() * LENGTHS.size();
    Duration each = time.time().dividedBy(rows);
    List<Figures> figures = new ArrayList<>();
    try (ProgressBar bar = new ProgressBar(options.err(), Terminal.isTerminal(2), rows)) {
      for (EspBackend backend : backends) {
        for (EspTransform transform : TRANSFORMS) {
          for (int length : LENGTHS) {
            bar.show(
                "%s, %s, %d bytes"
                    .formatted(backend.name(), CryptoReport.title(transform), length));
            figures.add(CipherBench.measure(backend, transform, length, each));
            bar.step();
          }
        }
      }
    }
    return figures;
  }
}
