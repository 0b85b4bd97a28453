package dev.twinspan.agent.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.Security;
import java.util.Arrays;
import org.bouncycastle.crypto.CryptoServicesRegistrar;
import org.junit.jupiter.api.Test;

class FipsModuleTest {
  @Test
  void shouldStartWithoutUnpackingNativeLibraries() {
    FipsModule.start();

    assertThat(CryptoServicesRegistrar.isNativeEnabled()).isFalse();
  }

  /** A provider that is registered at run time is missing in a native image. */
  @Test
  void shouldNotRegisterAProvider() {
    FipsModule.random().nextBytes(new byte[16]);

    assertThat(Arrays.stream(Security.getProviders()).map(p -> p.getName()))
        .doesNotContain("BCFIPS");
  }
}
