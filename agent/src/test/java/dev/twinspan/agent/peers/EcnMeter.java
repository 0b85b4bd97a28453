package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Namespace;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a machine sees of explicit congestion notification, by nftables. It counts as the kernel
 * hands packets on there: a super-packet is one.
 */
final class EcnMeter {
  /** Of each so many packets that may be marked, the internet marks one. */
  private static final int EACH = 4;

  private final Namespace machine;

  private EcnMeter(Namespace machine) {
    this.machine = machine;
  }

  /**
   * At a host, of the TCP that comes to it: {@code capable} of carrying a mark (RFC 3168 section
   * 5), {@code marked}, and from the other end {@code echoed} and {@code reduced}: it has seen a
   * mark, it has heard of one and sends less (section 6.1).
   */
  static EcnMeter at(Namespace host) {
    host.nft(
        """
        table ip marks {
          counter capable {}
          counter marked {}
          counter echoed {}
          counter reduced {}
          chain in {
            type filter hook prerouting priority raw;
            meta l4proto tcp ip ecn { ect0, ect1 } counter name capable
            meta l4proto tcp ip ecn ce counter name marked
            tcp flags & (syn | ecn) == ecn counter name echoed
            tcp flags & (syn | cwr) == cwr counter name reduced
          }
        }
        """);
    return new EcnMeter(host);
  }

  /**
   * On the internet, of the ESP headers outside that pass there: {@code there} and {@code back},
   * each {@code -capable} and {@code -marked} when they get there. Begins at zero.
   */
  static EcnMeter between(Namespace internet) {
    EcnMeter meter = new EcnMeter(internet);
    meter.forward("");
    return meter;
  }

  /** From now on this router has too much to do, and says so. Counters begin at zero. */
  void congest() {
    forward("ip ecn ect0 numgen inc mod %d == 0 ip ecn set ce".formatted(EACH));
  }

  private void forward(String last) {
    machine.nft(
        """
        table ip marks
        delete table ip marks
        table ip marks {
          counter there-capable {}
          counter there-marked {}
          counter back-capable {}
          counter back-marked {}
          chain forward {
            type filter hook forward priority filter;
            ip saddr %1$s ip ecn { ect0, ect1 } counter name there-capable
            ip saddr %1$s ip ecn ce counter name there-marked
            ip daddr %1$s ip ecn { ect0, ect1 } counter name back-capable
            ip daddr %1$s ip ecn ce counter name back-marked
            %2$s
          }
        }
        """
            .formatted(Addresses.APPLIANCE, last));
  }

  long count(String counter) {
    String told =
        machine.run("", List.of("nft", "list", "counter", "ip", "marks", counter)).orThrow().out();
    Matcher packets = Pattern.compile("packets (\\d+)").matcher(told);
    if (!packets.find()) {
      throw new AssertionError("no counter in: " + told);
    }
    return Long.parseLong(packets.group(1));
  }

  /** For a failure: all of them. */
  @Override
  public String toString() {
    return machine
        + ": "
        + machine
            .run("", List.of("nft", "list", "counters", "table", "ip", "marks"))
            .out()
            .strip()
            .replaceAll("\\s+", " ");
  }
}
