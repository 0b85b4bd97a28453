package dev.twinspan.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.twinspan.agent.config.ConfigFixture;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.RecordingAgent;
import dev.twinspan.agent.status.StatusServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import tools.jackson.databind.JsonNode;

class CommandLineTest {
  @TempDir Path folder;

  private record Run(int exitCode, String out, String err) {}

  private static Run run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commands =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exitCode = commands.execute(arguments);
    return new Run(exitCode, out.toString(), err.toString());
  }

  @Test
  void shouldCheckAGoodConfiguration() {
    Path file = new ConfigFixture(folder).write();

    assertThat(run("check", file.toString()))
        .isEqualTo(new Run(0, file + ": ok, branch-0017 has 2 tunnels to 1 gateway\n", ""));
  }

  @Test
  void shouldPrintKeepalivedsConfiguration() throws Exception {
    Path file =
        new ConfigFixture(folder)
            .with(
                "    - 192.168.50.0/24\n",
                """
                    - 192.168.50.0/24
                  address: 192.168.50.2
                site-peer: {address: 192.168.50.3}
                vrrp: {virtual-address: 192.168.50.1, interface: eth1}
                """)
            .write();

    Run printed = run("keepalived", "--config", file.toString());
    assertThat(printed.exitCode()).isZero();
    assertThat(printed.out()).contains("vrrp_instance twinspan {", "192.168.50.1 dev eth1");
    JsonNode json = Json.parse(run("keepalived", "--config", file.toString(), "--json").out());
    assertThat(json.get("text").asString()).isEqualTo(printed.out());
  }

  @Test
  void shouldSayWhatKeepalivedNeeds() {
    Path file = new ConfigFixture(folder).write();

    assertThat(run("keepalived", "--config", file.toString()))
        .isEqualTo(
            new Run(
                2,
                "",
                "twinspan: %s has no vrrp: set vrrp.virtual-address and vrrp.interface\n"
                    .formatted(file)));
  }

  /** The five faults bar 6 of the issue names, in one file. */
  @Test
  void shouldTellEachFaultOfABadConfigurationInOneLine() {
    ConfigFixture sample =
        new ConfigFixture(folder)
            .with("  site: lyon", "  siet: lyon")
            .with("- 10.10.0.0/16", "- 10.10.0.0/36")
            .with("secrets/hub-weu.psk ", "secrets/nope.psk ")
            .with("asn: 65010", "asn: 65517")
            .with("address: 203.0.113.11\n", "address: 203.0.113.10\n");
    Path file = sample.write();

    assertThat(run("check", file.toString()))
        .isEqualTo(
            new Run(
                2,
                String.join(
                    "\n",
                    file + ":" + sample.at("siet") + "device.siet: unknown key, did you mean site?",
                    file
                        + ":"
                        + sample.at("65517")
                        + "bgp.asn: 65517 is an ASN reserved by Azure (private ASNs 65515, 65517,"
                        + " 65518, 65519, 65520): take a private ASN, 64512 to 65514 or 65521 to"
                        + " 65534, or a 32-bit one, and set the same in the local network gateway",
                    file
                        + ":"
                        + sample.at("10.10.0.0/36")
                        + "connections[0].static-prefixes[0]: \"10.10.0.0/36\" has the length 36,"
                        + " expected 0 to 32",
                    file
                        + ":"
                        + sample.at("secrets/nope.psk")
                        + "connections[0].psk.file: secret file "
                        + folder.resolve("secrets/nope.psk")
                        + " does not exist: put the connection's shared key there, mode 0600",
                    file
                        + ":"
                        + sample.at("203.0.113.10\n        bgp-address: 10.10.255.5")
                        + "connections[0].instances[1].address: 203.0.113.10 is the address of"
                        + " connections[0].instances[0] (in0) too: expected the public address of"
                        + " this instance; each instance of an Azure gateway has its own",
                    ""),
                ""));
  }

  @Test
  void shouldCheckForMachines() throws Exception {
    Path file = new ConfigFixture(folder).with("  site: lyon", "  siet: lyon").write();

    Run run = run("check", "--json", file.toString());

    assertThat(run.exitCode()).isEqualTo(2);
    JsonNode answer = Json.parse(run.out());
    assertThat(answer.path("ok").asBoolean()).isFalse();
    assertThat(answer.at("/problems/0/path").asString()).isEqualTo("device.siet");
    assertThat(answer.at("/problems/0/severity").asString()).isEqualTo("error");
  }

  @Test
  void shouldPrintTheSchema() throws Exception {
    Run run = run("check", "--schema");

    assertThat(run.exitCode()).isZero();
    assertThat(Json.parse(run.out()).path("title").asString()).isEqualTo("Twinspan configuration");
  }

  @Test
  void shouldNameTheNearestCommandAndOption() {
    assertThat(run("statsu"))
        .isEqualTo(
            new Run(
                2,
                "",
                "twinspan: Unmatched argument at index 0: 'statsu'\n"
                    + "Did you mean: twinspan status or twinspan update?\n"
                    + "Try 'twinspan --help'.\n"));
    assertThat(run("check", "--jsno").err()).contains("Possible solutions: --json");
    assertThat(run("check").err()).startsWith("twinspan: which FILE?\n");
    assertThat(run().err()).startsWith("twinspan: which command?\n");
  }

  @Test
  void shouldWaitForADrillAndTellWhatItShowed() throws Exception {
    Path socket = folder.resolve("drill.sock");
    RecordingAgent agent = new RecordingAgent(new ConfigFixture(folder).read().config());
    try (StatusServer _ = StatusServer.start(socket, agent, () -> agent.apply(agent.config()))) {
      Run told = run("tunnel", "drill", "hub-weu/in0", "--socket", socket.toString());
      assertThat(told.exitCode()).as(told.err()).isZero();
      assertThat(told.out())
          .isEqualTo(
              "hub-weu/in0: under way\n"
                  + "hub-weu/in0: passed: outage 12 ms; 0 packets dropped\n");
      Run json = run("tunnel", "drill", "--json", "--socket", socket.toString());
      assertThat(Json.parse(json.out()).at("/drills/0/outcome").asString("")).isEqualTo("passed");
      assertThat(agent.asked()).containsExactly("drill hub-weu/in0", "drill ");
    }
  }

  @Test
  void shouldPrintMetrics() throws Exception {
    Path socket = folder.resolve("metrics.sock");
    RecordingAgent agent = new RecordingAgent(new ConfigFixture(folder).read().config());
    try (StatusServer _ = StatusServer.start(socket, agent, () -> agent.apply(agent.config()))) {
      Run text = run("metrics", "--socket", socket.toString());
      assertThat(text.exitCode()).as(text.err()).isZero();
      assertThat(text.out())
          .contains("\ntwinspan_tunnel_up{connection=\"hub-weu\",tunnel=\"hub-weu/in0\"} 1");
      assertThat(run("metrics", "--openmetrics", "--socket", socket.toString()).out())
          .endsWith("\n# EOF\n");
    }
  }

  @Test
  void shouldServeAPageOnlyForASafeBroker() {
    for (String broker :
        new String[] {
          "ws://broker.example", "https://broker.example", "wss://u:p@b.example", "x y"
        }) {
      assertThat(run("fleet", "serve", "--broker", broker).err())
          .startsWith("twinspan: --broker " + broker + ": expected wss://HOST[:PORT][/PATH]");
    }
    Run run =
        run("fleet", "serve", "--broker", "ws://localhost:9001", "--listen", "example.com:80");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).startsWith("twinspan: --listen example.com:80: expected an address");
    assertThat(run("fleet").err()).startsWith("twinspan: which one?");
  }

  @Test
  void shouldSayInOneLineThatNoAgentIsThere() {
    String socket = folder.resolve("none.sock").toString();
    String sentence =
        "twinspan: no agent listens on %s: start it with `twinspan up`, or name its socket with"
            + " --socket\n";

    assertThat(run("status", "--socket", socket))
        .isEqualTo(new Run(1, "", sentence.formatted(socket)));
    assertThat(run("metrics", "--socket", socket))
        .isEqualTo(new Run(1, "", sentence.formatted(socket)));
    assertThat(run("tunnel", "reset", "hub-weu/in0", "--socket", socket))
        .isEqualTo(new Run(1, "", sentence.formatted(socket)));
    assertThat(run("tunnel", "trace", "hub-weu/in0", "--socket", socket))
        .isEqualTo(new Run(1, "", sentence.formatted(socket)));
    assertThat(run("tunnel", "rekey", "--ike", "hub-weu/in0", "--socket", socket).exitCode())
        .isEqualTo(1);
  }

  @Test
  void shouldRefuseToStartOnAWrongConfiguration() {
    Path file = new ConfigFixture(folder).with("asn: 65010", "asn: 65515").write();

    assertThat(run("up", "--config", file.toString()))
        .isEqualTo(
            new Run(
                2,
                "",
                "twinspan: "
                    + file
                    + " has errors: correct them; twinspan check tells them too\n"));
  }

  @Test
  void shouldImportWhatAzureHandsOut() throws Exception {
    String file = "src/test/resources/azure/download-array.json";
    String out = folder.resolve("etc").toString();
    String[] command = {"import", "azure", file, "--out", out, "--lan", "192.168.50.0/24"};

    Run first = run(command);
    assertThat(first.exitCode()).as(first.out() + first.err()).isZero();
    assertThat(first.out())
        .contains("what Azure expects", "az network vpn-site update", "written: ");
    assertThat(run("check", out + "/twinspan.yaml").exitCode()).isZero();
    assertThat(run(command).out()).contains("nothing to do");

    Run changed = run("import", "azure", file, "--out", out, "--asn", "65011", "--json");
    assertThat(changed.exitCode()).isEqualTo(1);
    assertThat(Json.parse(changed.out()).at("/changes/0/path").asString()).isEqualTo("bgp.asn");
    assertThat(run("import", "azure", "none.json").err())
        .isEqualTo("twinspan: none.json cannot be read: there is no such file\n");
    assertThat(run("import", "azure", file, "--lan", "192.168.50.1/24").err())
        .contains("--lan: \"192.168.50.1/24\" has host bits set");
    assertThat(run("import").err()).startsWith("twinspan: azure?\n");
  }

  @Test
  void shouldDocumentItsExitCodes() {
    assertThat(run("--help").out())
        .contains("Exit codes:", "the configuration is wrong")
        .doesNotContain("\u001b");
  }

  /** picocli formats them, and warns on standard error of those that it cannot. */
  @Test
  void shouldHaveTextsThatCanBeFormatted() {
    List<String> texts = texts(Main.commandLine());
    assertThat(texts).hasSizeGreaterThan(100);
    texts.forEach(text -> assertThatCode(() -> String.format(text)).doesNotThrowAnyException());
  }

  private static List<String> texts(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    UsageMessageSpec usage = spec.usageMessage();
    List<String> texts = new ArrayList<>();
    Stream.of(usage.header(), usage.description(), usage.footer())
        .map(List::of)
        .forEach(texts::addAll);
    spec.args().forEach(arg -> texts.addAll(List.of(arg.description())));
    command.getSubcommands().values().forEach(each -> texts.addAll(texts(each)));
    return texts;
  }

  @Test
  void shouldTellWhatItIs() {
    assertThat(run("--version").out())
        .startsWith("twinspan 0.")
        .contains("Java " + Runtime.version(), "ESP back-end ");
  }

  @Test
  void shouldCompleteForBashAndZsh() {
    assertThat(run("completion", "bash").out()).contains("complete -F _complete_twinspan");
    assertThat(run("completion", "zsh").exitCode()).isZero();
    assertThat(run("completion", "fish").exitCode()).isEqualTo(2);
  }
}
