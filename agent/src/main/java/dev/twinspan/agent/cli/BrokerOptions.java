package dev.twinspan.agent.cli;

import dev.twinspan.agent.fleet.operator.OperatorConfig;
import dev.twinspan.agent.fleet.operator.OperatorLink;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which broker, and as whom: common to the {@code fleet} commands. */
final class BrokerOptions {
  @Option(
      names = "--broker",
      paramLabel = "URI",
      description = "mqtts://HOST[:PORT]. Default: broker of the settings.")
  private @Nullable String broker;

  @Option(
      names = "--certificate",
      paramLabel = "FILE",
      description = "Your certificate, PEM; its common name is who you are to the broker's ACL.")
  private @Nullable Path certificate;

  @Option(names = "--key", paramLabel = "FILE", description = "Its private key, PEM.")
  private @Nullable Path key;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "CAs that may vouch for the broker, PEM.")
  private @Nullable Path ca;

  @Option(
      names = "--settings",
      paramLabel = "FILE",
      description = {
        "YAML with broker and certificate: {file, key-file, trust-file}, for what is not given"
            + " here.",
        "Default: ~/.config/twinspan/fleet.yaml"
      })
  private @Nullable Path settings;

  OperatorConfig config() throws CommandFailure {
    try {
      OperatorConfig file =
          settings == null
              ? OperatorConfig.read(OperatorConfig.usualFile(), true)
              : OperatorConfig.read(settings, false);
      return new OperatorConfig(broker, certificate, key, ca).or(file);
    } catch (OperatorConfig.Unusable e) {
      throw usage(e);
    }
  }

  OperatorLink connect() throws CommandFailure {
    OperatorConfig config = config();
    try {
      return OperatorLink.connect(config);
    } catch (OperatorConfig.Unusable e) {
      throw usage(e);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private static CommandFailure usage(OperatorConfig.Unusable e) {
    return new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()));
  }

  static CommandFailure failed(IOException e) {
    return new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()));
  }
}
