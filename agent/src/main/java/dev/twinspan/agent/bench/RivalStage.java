package dev.twinspan.agent.bench;

import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Sandbox;
import dev.twinspan.ffi.linux.NetworkNamespace;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;

/**
 * Two machines with a wire between them, where somebody else's program makes one tunnel. Each
 * tunnel has machines and programs of its own.
 *
 * <pre>
 *   10.1.T.1 ── near ── 192.0.2.1 ════ veth ════ 192.0.2.2 ── far ── 10.2.T.1
 * </pre>
 *
 * @param number of the tunnel, from 0
 * @param directory for its files
 */
record RivalStage(int number, Namespace near, Namespace far, Path directory) {
  static final String NEAR = "192.0.2.1";
  static final String FAR = "192.0.2.2";
  private static final String WAN = "wan";

  static RivalStage build(Sandbox sandbox, int number, Path directory) {
    Namespace near = sandbox.namespace("near" + number);
    Namespace far = sandbox.namespace("far" + number);
    near.ip(
        "link",
        "add",
        "name",
        WAN,
        "type",
        "veth",
        "peer",
        "name",
        WAN,
        "netns",
        Long.toString(far.pid()));
    for (Namespace machine : List.of(near, far)) {
      machine.sysctl("net.ipv4.conf.all.rp_filter", "0");
      machine.sysctl("net.ipv4.conf.default.rp_filter", "0");
      machine.ip("link", "set", WAN, "up");
    }
    near.ip("addr", "add", NEAR + "/24", "dev", WAN);
    far.ip("addr", "add", FAR + "/24", "dev", WAN);
    return new RivalStage(number, near, far, directory);
  }

  String nearInside() {
    return "10.1.%d.1".formatted(number);
  }

  String farInside() {
    return "10.2.%d.1".formatted(number);
  }

  String nearPrefix() {
    return "10.1.%d.0/24".formatted(number);
  }

  String farPrefix() {
    return "10.2.%d.0/24".formatted(number);
  }

  /** Gives a tunnel's device its address, and what is behind it its route. */
  void route(Namespace machine, String device) {
    boolean atNear = machine.equals(near);
    machine.ip("addr", "add", (atNear ? nearInside() : farInside()) + "/24", "dev", device);
    machine.ip("link", "set", device, "up");
    machine.ip("route", "add", atNear ? farPrefix() : nearPrefix(), "dev", device);
  }

  /** Why the kernel does not do that, in the words of ip(8); empty when it does. */
  static String refusal(Namespace machine, String... arguments) {
    List<String> command = new java.util.ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    Exec.Result result = machine.run("", command);
    return result.ok() ? "" : result.err().strip();
  }

  InnerPath path() {
    try {
      return new InnerPath(
          NetworkNamespace.open(netns(near)),
          InetAddress.getByName(nearInside()),
          NetworkNamespace.open(netns(far)),
          InetAddress.getByName(farInside()));
    } catch (UnknownHostException e) {
      throw new AssertionError("these are addresses", e);
    }
  }

  private static Path netns(Namespace machine) {
    return Path.of("/proc", Long.toString(machine.pid()), "ns", "net");
  }
}
