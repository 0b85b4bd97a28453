package dev.twinspan.agent.update;

import dev.twinspan.agent.fleet.command.Reboot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The box around an update. A bench, which has neither a boot loader nor ten minutes, names its own
 * by system properties.
 *
 * <pre>
 *   twinspan.update.rauc-config      /etc/rauc/system.conf
 *   twinspan.update.os-release       /etc/os-release
 *   twinspan.update.reboot           a program without arguments, instead of systemctl reboot
 *   twinspan.update.steady-seconds   60: so long all is well on end before a slot is confirmed
 *   twinspan.update.limit-seconds    600: within which
 * </pre>
 *
 * @param osRelease names the version that runs
 * @param reboot the program that starts the box anew, and its arguments
 */
record Surroundings(Rauc rauc, Path osRelease, List<String> reboot, UpdateCore.Patience patience) {
  private static final String PREFIX = "twinspan.update.";

  Surroundings {
    reboot = List.copyOf(reboot);
  }

  static Surroundings ofBox() {
    String program = System.getProperty(PREFIX + "reboot");
    return new Surroundings(
        new Rauc(path("rauc-config", Rauc.CONFIG), Map.of()),
        path("os-release", ImageVersion.OS_RELEASE),
        program == null ? Reboot.command() : List.of(program),
        new UpdateCore.Patience(
            seconds("steady-seconds", UpdateCore.USUAL.steady()),
            seconds("limit-seconds", UpdateCore.USUAL.limit())));
  }

  private static Path path(String name, Path usual) {
    return Path.of(System.getProperty(PREFIX + name, usual.toString()));
  }

  private static Duration seconds(String name, Duration usual) {
    return Duration.ofSeconds(Long.getLong(PREFIX + name, usual.toSeconds()));
  }
}
