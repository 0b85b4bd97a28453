package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.DatapathConfig.Endpoint;
import dev.twinspan.datapath.DatapathConfig.Kind;
import dev.twinspan.ffi.linux.Tun;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DatapathDevicesTest {
  private static Stream<String> rawAddresses(Endpoint... endpoints) {
    DatapathConfig config =
        DatapathConfig.of(new Tun.Options("t", 1, 1400, true), java.util.List.of(endpoints));
    return DatapathDevices.rawAddresses(config).stream().map(InetAddress::getHostAddress);
  }

  private static Endpoint esp(String address) {
    return new Endpoint(new InetSocketAddress(address, 4500), Kind.ESP_IN_UDP);
  }

  @Test
  void shouldReceiveProtocol50WhereEspInUdpIsReceivedAndOnce() {
    Endpoint ike = new Endpoint(new InetSocketAddress("0.0.0.0", 500), Kind.IKE);
    assertThat(rawAddresses(ike, esp("192.0.2.1"), esp("192.0.2.2")))
        .containsExactly("192.0.2.1", "192.0.2.2");
    assertThat(rawAddresses(esp("192.0.2.1"), esp("0.0.0.0"), esp("2001:db8::1")))
        .containsExactly("0.0.0.0", "2001:db8:0:0:0:0:0:1");
  }
}
