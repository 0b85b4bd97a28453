package dev.twinspan.agent.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.ffi.linux.NetworkNamespace;
import dev.twinspan.ffi.linux.Tun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReversePathTest {
  private NetworkNamespace namespace;
  private NetworkNamespace.Stay stay;
  private Tun.Device device;

  @BeforeEach
  void open() {
    assumeTrue("root".equals(System.getProperty("user.name")), "making namespaces needs root");
    namespace = NetworkNamespace.create();
    stay = namespace.enter();
    device = Tun.open(new Tun.Options("twinspan0", 1, 1400, false));
  }

  @AfterEach
  void close() {
    if (stay != null) {
      device.close();
      stay.close();
      namespace.close();
    }
  }

  private static void set(String device, int value) throws IOException {
    Files.writeString(file(device), value + "\n");
  }

  private static Path file(String device) {
    return Path.of("/proc/sys/net/ipv4/conf", device, "rp_filter");
  }

  @Test
  void shouldPutTheCheckOffOnTheTunnelDevice() throws IOException {
    set("all", 0);
    set("twinspan0", 1);

    assertThat(ReversePath.relax("twinspan0")).isEmpty();
    assertThat(Files.readString(file("twinspan0")).strip()).isEqualTo("0");
  }

  /** Of the two settings the larger holds. */
  @Test
  void shouldBeLooseWhereTheCheckIsStrictForAll() throws IOException {
    set("all", 1);

    assertThat(ReversePath.relax("twinspan0")).isEmpty();
    assertThat(Files.readString(file("twinspan0")).strip()).isEqualTo("2");
    assertThat(Files.readString(file("all")).strip()).isEqualTo("1");
  }

  @Test
  void shouldSayThatItCannotTell() {
    assertThat(ReversePath.relax("nosuch0").orElseThrow())
        .startsWith("cannot tell whether the kernel checks reverse paths");
  }
}
