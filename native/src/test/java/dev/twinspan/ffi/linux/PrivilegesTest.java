package dev.twinspan.ffi.linux;

import static dev.twinspan.ffi.linux.Privileges.Capability.CAP_NET_ADMIN;
import static dev.twinspan.ffi.linux.Privileges.Capability.CAP_SYS_ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrivilegesTest {
  @Test
  void shouldReadTheEffectiveSet() {
    String networkOnly =
        """
        Name:\tjava
        CapInh:\t0000000000000000
        CapPrm:\t000001ffffffffff
        CapEff:\t0000000000003000
        CapBnd:\t000001ffffffffff
        """;

    assertThat(Privileges.has(CAP_NET_ADMIN, networkOnly)).isTrue();
    assertThat(Privileges.has(CAP_SYS_ADMIN, networkOnly)).isFalse();
    assertThat(Privileges.has(CAP_SYS_ADMIN, "CapEff:\tffffffffffffffff\n")).isTrue();
    assertThat(Privileges.has(CAP_NET_ADMIN, "CapEff:\t0000000000000000\n")).isFalse();
  }

  /** Whatever this machine lets us do, the forecast and the deed agree. */
  @Test
  void shouldForecastWhetherATunDeviceCanBeOpened() {
    try (NetworkNamespace namespace = InNamespace.createOrSkip()) {
      boolean opened =
          namespace.call(
              () -> {
                try (Tun.Device device = Tun.open(new Tun.Options("ts0", 1, 1400, true))) {
                  return !device.queues().isEmpty();
                } catch (KernelException _) {
                  return false;
                }
              });

      assertThat(Privileges.tunObstacle().isEmpty()).isEqualTo(opened);
    }
  }
}
