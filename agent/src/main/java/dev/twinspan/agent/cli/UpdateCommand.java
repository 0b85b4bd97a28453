package dev.twinspan.agent.cli;

import dev.twinspan.agent.config.FleetConfig;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.StatusClient;
import dev.twinspan.agent.status.StatusReader;
import dev.twinspan.agent.terminal.Terminal;
import dev.twinspan.agent.update.Candidate;
import dev.twinspan.agent.update.ImageVersion;
import dev.twinspan.agent.update.Rauc;
import dev.twinspan.agent.update.Slots;
import dev.twinspan.agent.update.UpdateByUrl;
import dev.twinspan.agent.update.UpdateJob;
import dev.twinspan.agent.update.UpdateRefusal;
import dev.twinspan.agent.update.Updates;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/** {@code twinspan update install|status}. */
@Command(
    name = "update",
    description = {
      "Updates the image of a box that was made by image/build, into the slot that is not running.",
      "From a USB stick, or whatever else holds the file: twinspan update install FILE;",
      "over HTTPS, by the running agent: twinspan update install https://HOST/PATH."
    },
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class UpdateCommand implements Runnable {
  /** What rauc and the box are asked by. */
  static final class Box {
    @Option(
        names = "--rauc-config",
        paramLabel = "FILE",
        defaultValue = "/etc/rauc/system.conf",
        description = "RAUC's configuration. Default: ${DEFAULT-VALUE}")
    private Path raucConfig = Rauc.CONFIG;

    @Option(
        names = "--os-release",
        paramLabel = "FILE",
        defaultValue = "/etc/os-release",
        description = "Its IMAGE_VERSION is what runs. Default: ${DEFAULT-VALUE}")
    private Path osRelease = ImageVersion.OS_RELEASE;

    @Option(
        names = "--state-directory",
        paramLabel = "FOLDER",
        defaultValue = "/var/lib/twinspan",
        description = "fleet.state-directory. Default: ${DEFAULT-VALUE}")
    private Path state = FleetConfig.USUAL_STATE_DIRECTORY;

    Rauc rauc() {
      return new Rauc(raucConfig, Map.of());
    }
  }

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before run
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "install or status?");
  }

  @Command(
      name = "install",
      description = {
        "Verifies a bundle and writes it to the slot that is not running; the next start of the"
            + " box",
        "takes that one. A bundle that is for another board, older, cut short, changed, or signed"
            + " by",
        "somebody else is refused, and no slot is written. After the next start the agent confirms"
            + " the",
        "slot when all works as before, or has the old one started again: status tells.",
        "What is on a server the running agent fetches, as by an order from afar: with the"
            + " certificate",
        "of its fleet, whose CAs vouch for the server, going on where a connection or the power"
            + " went."
      },
      mixinStandardHelpOptions = true,
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {"0:installed", "1:refused; the reason is on standard error"})
  int install(
      @Parameters(paramLabel = "FILE|URL", description = "The bundle, *.raucb.") String bundle,
      @Option(names = "--force", description = "Also one that is no newer than what runs.")
          boolean force,
      @Option(
              names = "--sha256",
              paramLabel = "DIGEST",
              defaultValue = "",
              description =
                  "Of what is at the URL. Default: what URL.sha256 says, as sha256sum writes it.")
          String sha256,
      @Option(
              names = "--size",
              paramLabel = "BYTES",
              defaultValue = "0",
              description = "Likewise. Default: what the server says.")
          long size,
      @Mixin Box box,
      @Mixin SocketOption socket,
      @Option(names = "--json", description = "The outcome for machines.") boolean json)
      throws CommandFailure {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    ObjectNode outcome = Json.object();
    try {
      ObjectNode done =
          UpdateByUrl.means(bundle)
              ? new UpdateByUrl(socket.client(), err).install(bundle, sha256, size, force)
              : installFile(Path.of(bundle), force, box, socket);
      String slot = done.path("slot").asString("");
      String version = Terminal.line(done.path("version").asString(""));
      outcome.put("installed", true).put("slot", slot).put("version", version);
      out.print(
          json
              ? Json.pretty(outcome)
              : "version %s is in slot %s: start the box anew to run it%n"
                  .formatted(version, slot));
      out.flush();
      return ExitCode.OK;
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.FAILED,
          "%s cannot be read or written, so that nobody would confirm what is installed: set --state-directory (%s)"
              .formatted(box.state, e.getMessage()));
    } catch (UpdateRefusal e) {
      if (json) {
        out.print(
            Json.pretty(
                outcome
                    .put("installed", false)
                    .put("reason", e.reason())
                    .put("sentence", e.sentence())));
        out.flush();
      }
      throw new CommandFailure(ExitCode.FAILED, e.sentence());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new CommandFailure(ExitCode.FAILED, "interrupted");
    }
  }

  private ObjectNode installFile(Path bundle, boolean force, Box box, SocketOption socket)
      throws IOException, UpdateRefusal, InterruptedException {
    Rauc rauc = box.rauc();
    Candidate candidate = Candidate.of(rauc, bundle, ImageVersion.of(box.osRelease), force);
    String version = Terminal.line(candidate.bundle().version());
    String slot = candidate.slots().other();
    PrintWriter err = spec.commandLine().getErr();
    err.printf("installing %s into slot %s%n", version, slot);
    err.flush();
    AgentStatus before = seen(socket);
    UpdateJob left = UpdateJob.read(box.state).orElse(null);
    if (left != null && !left.phase().isFinal() && left.phase() != UpdateJob.Phase.INSTALLED) {
      throw new UpdateRefusal(
          "busy",
          "update %s is under way: %s"
              .formatted(Terminal.line(left.order().id()), left.phase().word()));
    }
    rauc.install(candidate.file(), _ -> {});
    UpdateJob.byHand(
            version, candidate.slots(), Updates.boot(), Updates.wellness(before, seen(socket)))
        .leave(box.state);
    return Json.object().put("slot", slot).put("version", version);
  }

  /** Null: no agent runs, of which something could be expected afterwards. */
  private static @Nullable AgentStatus seen(SocketOption socket) {
    try {
      return StatusReader.status(socket.client().get("/v1/status").body());
    } catch (StatusClient.Unreachable | Json.Malformed _) {
      return null;
    }
  }

  @Command(
      name = "status",
      description = {
        "Shows which slot runs, which the next start takes, and what became of the last update."
      },
      mixinStandardHelpOptions = true,
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {"0:told", "1:this machine has no slots, or RAUC does not answer"})
  int status(
      @Mixin Box box,
      @Option(names = "--json", description = "For machines; rauc's own answer within.")
          boolean json)
      throws CommandFailure {
    PrintWriter out = spec.commandLine().getOut();
    try {
      Rauc rauc = box.rauc();
      rauc.require();
      Slots slots = rauc.slots();
      String version = ImageVersion.of(box.osRelease);
      Optional<UpdateJob> job = UpdateJob.read(box.state);
      if (json) {
        ObjectNode tree =
            Json.object()
                .put("compatible", slots.compatible())
                .put("version", version)
                .put("slot", slots.booted())
                .put("next", slots.primary());
        job.ifPresent(last -> tree.set("job", last.tree()));
        tree.set("rauc", slots.tree());
        out.print(Json.pretty(tree));
      } else {
        out.printf(
            "%s, version %s, runs from slot %s; the next start takes %s%n",
            slots.compatible(),
            version.isEmpty() ? "not known" : version,
            slots.booted(),
            slots.primary().isEmpty() ? "what the boot loader chooses" : "slot " + slots.primary());
        job.ifPresent(
            last ->
                out.printf(
                    "update %s%s: %s%s%n",
                    Terminal.line(last.order().id()),
                    last.version().isEmpty() ? "" : " to " + Terminal.line(last.version()),
                    last.phase().word(),
                    last.sentence().isEmpty() ? "" : ", " + Terminal.line(last.sentence())));
      }
      out.flush();
      return ExitCode.OK;
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.FAILED, "%s cannot be read: %s".formatted(box.state, e.getMessage()));
    } catch (UpdateRefusal e) {
      throw new CommandFailure(ExitCode.FAILED, e.sentence());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new CommandFailure(ExitCode.FAILED, "interrupted");
    }
  }
}
