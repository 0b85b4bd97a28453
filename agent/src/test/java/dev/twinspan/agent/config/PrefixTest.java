package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class PrefixTest {
  private static Prefix prefix(String text) throws Exception {
    return Addresses.prefix(text);
  }

  private static InetAddress address(String text) {
    return InetAddress.ofLiteral(text);
  }

  @Test
  void shouldContainItsAddressesAndNoOthers() throws Exception {
    assertThat(prefix("10.10.0.0/16").contains(address("10.10.255.255"))).isTrue();
    assertThat(prefix("10.10.0.0/16").contains(address("10.11.0.0"))).isFalse();
    assertThat(prefix("0.0.0.0/0").contains(address("255.255.255.255"))).isTrue();
    assertThat(prefix("0.0.0.0/0").contains(address("2001:db8::1"))).isFalse();
    assertThat(prefix("2001:db8::/32").contains(address("2001:db8:ffff::1"))).isTrue();
    assertThat(prefix("192.0.2.1/32").contains(address("192.0.2.1"))).isTrue();
  }

  @Test
  void shouldOverlapWhatHoldsItAndWhatItHolds() throws Exception {
    assertThat(prefix("10.0.0.0/8").overlaps(prefix("10.10.0.0/16"))).isTrue();
    assertThat(prefix("10.10.0.0/16").overlaps(prefix("10.0.0.0/8"))).isTrue();
    assertThat(prefix("10.10.0.0/16").overlaps(prefix("10.11.0.0/16"))).isFalse();
    assertThat(prefix("0.0.0.0/0").overlaps(prefix("::/0"))).isFalse();
  }

  @Test
  void shouldKnowItsLastAddress() throws Exception {
    assertThat(prefix("192.168.50.0/24").last()).isEqualTo(address("192.168.50.255"));
    assertThat(prefix("192.0.2.1/32").last()).isEqualTo(address("192.0.2.1"));
    assertThat(prefix("0.0.0.0/0").last()).isEqualTo(address("255.255.255.255"));
    assertThat(prefix("2001:db8::/112").last()).isEqualTo(address("2001:db8::ffff"));
  }

  @Test
  void shouldReadAsWritten() throws Exception {
    assertThat(prefix("2001:db8::/32")).hasToString("2001:db8::/32");
    assertThat(prefix("::/0")).hasToString("::/0");
    assertThat(prefix("10.0.0.0/8")).hasToString("10.0.0.0/8");
  }

  @Test
  void shouldRefuseHostBitsAndLengths() {
    assertThatThrownBy(() -> new Prefix(address("10.0.0.1"), 8))
        .hasMessage("host bits are set in 10.0.0.1/8");
    assertThatThrownBy(() -> new Prefix(address("10.0.0.0"), 33)).hasMessageContaining("0 to 32");
  }
}
