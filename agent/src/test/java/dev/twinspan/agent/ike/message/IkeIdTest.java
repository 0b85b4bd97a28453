package dev.twinspan.agent.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class IkeIdTest {
  @Test
  void shouldBeEqualByTypeAndContent() throws UnknownHostException {
    IkeId address = IkeId.of(InetAddress.getByName("203.0.113.7"));

    assertThat(address)
        .isEqualTo(new IkeId(IkeId.IPV4_ADDR, new byte[] {(byte) 203, 0, 113, 7}))
        .hasSameHashCodeAs(new IkeId(IkeId.IPV4_ADDR, new byte[] {(byte) 203, 0, 113, 7}))
        .isNotEqualTo(new IkeId(IkeId.KEY_ID, address.data()))
        .isNotEqualTo(IkeId.fqdn("203.0.113.7"));
  }

  @Test
  void shouldReadAsPeopleWriteIt() throws UnknownHostException {
    assertThat(IkeId.of(InetAddress.getByName("203.0.113.7")).text())
        .isEqualTo("203.0.113.7 (ID_IPV4_ADDR)");
    assertThat(IkeId.of(InetAddress.getByName("2001:db8::1")).text())
        .isEqualTo("2001:db8:0:0:0:0:0:1 (ID_IPV6_ADDR)");
    assertThat(IkeId.fqdn("hub.example").text()).isEqualTo("hub.example (ID_FQDN)");
    assertThat(new IkeId(IkeId.RFC822_ADDR, ascii("a@b.example")).text())
        .isEqualTo("a@b.example (ID_RFC822_ADDR)");
    assertThat(new IkeId(IkeId.KEY_ID, new byte[] {1, 2}).text()).isEqualTo("0102 (ID_KEY_ID)");
    assertThat(new IkeId(77, new byte[] {1}).text()).isEqualTo("01 (identity type 77)");
  }

  @Test
  void shouldNotLetAPeerWriteToTheTerminal() {
    assertThat(new IkeId(IkeId.FQDN, ascii("a\u001b[2Jb\n")).text()).isEqualTo("a?[2Jb? (ID_FQDN)");
    assertThat(new IkeId(IkeId.FQDN, new byte[] {(byte) 0xc3, (byte) 0xa4}).text())
        .isEqualTo("?? (ID_FQDN)");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
