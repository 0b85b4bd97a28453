package dev.twinspan.agent.cli;

import dev.twinspan.agent.fleet.operator.FleetBox;
import dev.twinspan.agent.fleet.operator.FleetModel;
import dev.twinspan.agent.fleet.operator.Gathering;
import dev.twinspan.agent.fleet.operator.OperatorLink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Which boxes a command is for: by their names, or all of a site. */
final class FleetTargets {
  private final List<String> devices;
  private final List<String> patterns = new ArrayList<>();

  FleetTargets(CommandSpec spec, List<String> devices, @Nullable String site) {
    this.devices = List.copyOf(new LinkedHashSet<>(devices));
    String place = site == null ? "+" : FleetNames.topicLevel(spec, "--site", site);
    if (devices.isEmpty() && site == null) {
      throw new ParameterException(spec.commandLine(), "which DEVICE? (or --site SITE)");
    }
    for (String device : this.devices) {
      patterns.add(place + "/" + FleetNames.topicLevel(spec, "device", device));
    }
    if (patterns.isEmpty()) {
      patterns.add(place + "/+");
    }
  }

  /** That topic of each, as filters. */
  List<String> topics(String kind) {
    return patterns.stream().map(box -> FleetModel.ROOT + box + "/" + kind).toList();
  }

  /** What the broker knows of them; each name is one box, and known. */
  List<FleetBox> find(OperatorLink link, List<String> kinds)
      throws CommandFailure, IOException, InterruptedException {
    FleetModel model = new FleetModel();
    new Gathering(link, model).retained(patterns, kinds);
    for (String device : devices) {
      List<FleetBox> named = model.named(device);
      if (named.isEmpty()) {
        throw new CommandFailure(
            ExitCode.FAILED,
            "the broker has never heard of %s: see twinspan fleet ls".formatted(device));
      }
      if (named.size() > 1) {
        throw new CommandFailure(
            ExitCode.USAGE,
            "%s is at %s and at %s: choose with --site"
                .formatted(device, named.get(0).site(), named.get(1).site()));
      }
    }
    List<FleetBox> boxes =
        model.worstFirst().stream().filter(box -> FleetNames.valid(box.device())).toList();
    if (boxes.isEmpty()) {
      throw new CommandFailure(
          ExitCode.FAILED, "the broker knows no box of that site: see twinspan fleet ls");
    }
    return boxes;
  }
}
