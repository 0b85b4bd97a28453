package dev.twinspan.agent.cli;

import dev.twinspan.agent.azure.AzureImport;
import dev.twinspan.agent.azure.ImportOptions;
import dev.twinspan.agent.azure.ImportResult;
import dev.twinspan.agent.azure.ImportResult.Outcome;
import dev.twinspan.agent.config.Addresses;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.agent.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code twinspan import azure FILE…}. */
@Command(
    name = "import",
    description = "Makes a configuration from what a VPN's other side hands out.",
    subcommands = ImportCommand.Azure.class,
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class ImportCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before run
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "azure?");
  }

  /** {@code twinspan import azure FILE…}. */
  @Command(
      name = "azure",
      description = {
        "Reads what Azure hands out and writes twinspan.yaml and the secrets it names, tells what"
            + " Azure expects and what this box will do, warns, and prints the az commands that"
            + " make Azure's side match. Shared keys are never printed.",
        "",
        "FILE is Virtual WAN's \"Download VPN configuration\"; or the JSON of az network"
            + " vnet-gateway | vpn-connection | local-gateway | vnet | public-ip show (and"
            + " vpn-connection shared-key show), or of vpn-gateway, vpn-gateway connection and"
            + " vpn-site show; or an ARM export. Several FILEs, in any order, belong together; -"
            + " is standard input.",
        "",
        "Where a configuration is there already, what Azure has changed is shown, and taken over"
            + " with --force; settings Azure does not decide are kept."
      },
      mixinStandardHelpOptions = true,
      sortOptions = false,
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {
        "0:written, or nothing to do",
        "1:what is there would change and --force was not given, or a file could not be written",
        "2:the files are not right or not enough; what is missing is told"
      })
  static final class Azure implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", arity = "1..*", description = "What Azure handed out.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private List<String> files;

    @Option(
        names = "--out",
        paramLabel = "DIR",
        description = "Where twinspan.yaml and secrets/ are written; default: ${DEFAULT-VALUE}.")
    private Path out = Path.of("/etc/twinspan");

    @Option(names = "--dry-run", description = "Tells all and writes nothing.")
    private boolean dryRun;

    @Option(names = "--force", description = "Changes a configuration that is there; keeps a .bak.")
    private boolean force;

    @Option(names = "--json", description = "The same for machines.")
    private boolean json;

    @Option(
        names = "--only",
        paramLabel = "NAME",
        description = "Only this connection, site, link or local network gateway; may be repeated.")
    private List<String> only = new ArrayList<>();

    @Option(names = "--device-id", paramLabel = "ID", description = "Default: Azure's name of it.")
    private @Nullable String deviceId;

    @Option(names = "--site", paramLabel = "SITE", description = "Default: the VPN site's name.")
    private @Nullable String site;

    @Option(
        names = "--public-address",
        paramLabel = "ADDRESS",
        description = "What Azure sees of this box. Default: as Azure has it.")
    private @Nullable String publicAddress;

    @Option(
        names = "--wan-address",
        paramLabel = "ADDRESS",
        description = "What the sockets are bound to. Default: the kernel chooses.")
    private @Nullable String wanAddress;

    @Option(
        names = "--lan",
        paramLabel = "PREFIX",
        split = ",",
        description = "What lies behind this box. Default: Azure's address space of it.")
    private List<String> lan = new ArrayList<>();

    @Option(
        names = "--azure-prefix",
        paramLabel = "PREFIX",
        split = ",",
        description = "What lies behind the gateway, without BGP. Default: the VNet's or hub's.")
    private List<String> azurePrefixes = new ArrayList<>();

    @Option(names = "--asn", paramLabel = "ASN", description = "ASN of this box.")
    private @Nullable Long asn;

    @Option(
        names = "--router-address",
        paramLabel = "ADDRESS",
        description = "BGP address of this box, a loopback one.")
    private @Nullable String routerAddress;

    @Option(
        names = "--policy",
        paramLabel = "azure-strong|azure-default",
        description = "Instead of the policy Azure tells.")
    private @Nullable String policy;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Override
    public Integer call() throws CommandFailure {
      if (policy != null && !policy.equals("azure-strong") && !policy.equals("azure-default")) {
        throw new ParameterException(
            spec.commandLine(), "--policy " + policy + ": expected azure-strong or azure-default");
      }
      ImportOptions options =
          new ImportOptions(
              only,
              deviceId,
              site,
              address("--public-address", publicAddress),
              address("--wan-address", wanAddress),
              prefixes("--lan", lan),
              prefixes("--azure-prefix", azurePrefixes),
              asn,
              address("--router-address", routerAddress),
              policy);
      ImportResult result;
      try {
        result = AzureImport.run(contents(), out, options, force, dryRun);
      } catch (IOException e) {
        throw new CommandFailure(
            ExitCode.FAILED, "%s cannot be read or written: %s".formatted(out, reason(e)));
      }
      PrintWriter printer = spec.commandLine().getOut();
      printer.print(json ? Json.pretty(result.json()) : result.text());
      printer.flush();
      if (result.outcome() == Outcome.REFUSED) {
        return ExitCode.USAGE;
      }
      return result.outcome() == Outcome.NEEDS_FORCE ? ExitCode.FAILED : ExitCode.OK;
    }

    private Map<String, byte[]> contents() throws CommandFailure {
      Map<String, byte[]> contents = new LinkedHashMap<>();
      for (String file : files) {
        try (InputStream in = file.equals("-") ? System.in : Files.newInputStream(Path.of(file))) {
          contents.put(file, in.readNBytes(AzureImport.MAX_BYTES + 1));
        } catch (IOException e) {
          throw new CommandFailure(
              ExitCode.USAGE, "%s cannot be read: %s".formatted(file, reason(e)));
        }
      }
      return contents;
    }

    private static String reason(IOException e) {
      return switch (e) {
        case NoSuchFileException _ -> "there is no such file";
        case AccessDeniedException denied ->
            "%s is not for user %s".formatted(denied.getFile(), System.getProperty("user.name"));
        default -> String.valueOf(e.getMessage());
      };
    }

    private @Nullable InetAddress address(String option, @Nullable String text) {
      try {
        return text == null ? null : Addresses.address(text);
      } catch (Addresses.Malformed e) {
        throw new ParameterException(spec.commandLine(), option + ": " + e.sentence());
      }
    }

    private List<Prefix> prefixes(String option, List<String> texts) {
      List<Prefix> prefixes = new ArrayList<>();
      for (String text : texts) {
        try {
          prefixes.add(Addresses.prefix(text));
        } catch (Addresses.Malformed e) {
          throw new ParameterException(spec.commandLine(), option + ": " + e.sentence());
        }
      }
      return prefixes;
    }
  }
}
