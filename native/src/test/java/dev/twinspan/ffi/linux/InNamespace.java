package dev.twinspan.ffi.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;

/** Base of tests that change the network: each test is alone in a namespace of its own. */
abstract class InNamespace {
  NetworkNamespace namespace;
  private NetworkNamespace.Stay stay;

  @BeforeEach
  void enterNamespace() {
    namespace = createOrSkip();
    stay = namespace.enter();
  }

  @AfterEach
  void leaveNamespace() {
    // Null when the test was skipped.
    if (stay != null) {
      stay.close();
      namespace.close();
    }
  }

  /** A namespace, or the test is skipped with the kernel's reason. */
  static NetworkNamespace createOrSkip() {
    try {
      return NetworkNamespace.create();
    } catch (KernelException e) {
      return Assumptions.abort("no network namespace for this test: " + e.getMessage());
    }
  }

  /** Adds an address and waits until the kernel receives on it: IPv6's local route comes later. */
  static void addAddress(int interfaceIndex, String literal, int prefixLength) {
    InetAddress address = InetAddress.ofLiteral(literal);
    try (RouteMonitor monitor = RouteMonitor.open(RouteMonitor.Topic.ROUTES);
        RouteNetlink netlink = RouteNetlink.open()) {
      netlink.addAddress(new InterfaceAddress(interfaceIndex, address, prefixLength));
      while (monitor.await(Duration.ofSeconds(5))) {
        for (RouteEvent event : monitor.poll()) {
          if (event instanceof RouteEvent.RouteAdded(KernelRoute route)
              && route.table() == KernelRoute.TABLE_LOCAL
              && route.destination().equals(IpPrefix.host(address))) {
            return;
          }
        }
      }
      throw new AssertionError("5 s without a local route to " + literal);
    }
  }

  /** Runs a program in the calling thread's namespace. */
  static String run(String... command) {
    try {
      Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as("%s: %s", String.join(" ", command), output).isZero();
      return output;
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
