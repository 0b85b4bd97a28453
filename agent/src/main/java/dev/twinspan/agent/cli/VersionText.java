package dev.twinspan.agent.cli;

import dev.twinspan.agent.BuildInfo;
import dev.twinspan.ffi.crypto.EspBackendException;
import dev.twinspan.ffi.crypto.EspBackends;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.IVersionProvider;

/** {@code twinspan --version}: what a report of a fault should name. */
final class VersionText implements IVersionProvider {
  @Override
  public String[] getVersion() {
    List<String> lines = new ArrayList<>();
    lines.add("twinspan " + BuildInfo.load());
    lines.add(
        "Java %s, %s %s"
            .formatted(
                Runtime.version(), System.getProperty("os.name"), System.getProperty("os.arch")));
    try {
      EspBackends.choose(EspBackends.AUTO).probes().stream()
          .map(probe -> "ESP back-end %s".formatted(text(probe)))
          .forEach(lines::add);
    } catch (EspBackendException e) {
      lines.add("ESP back-end: none, " + e.getMessage());
    }
    // picocli reads a % as a format.
    return lines.stream().map(line -> line.replace("%", "%%")).toArray(String[]::new);
  }

  private static String text(EspBackends.Probe probe) {
    String title =
        probe.version().startsWith(probe.name())
            ? probe.version()
            : (probe.name() + " " + probe.version()).strip();
    return title + (probe.usable() ? ": " : ": not usable, ") + probe.reason();
  }
}
