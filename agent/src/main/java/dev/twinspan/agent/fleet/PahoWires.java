package dev.twinspan.agent.fleet;

import java.net.URI;
import java.util.Set;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.internal.NetworkModule;
import org.eclipse.paho.mqttv5.client.spi.NetworkModuleFactory;

/** Found by Paho as a service, under a scheme of its own. */
public final class PahoWires implements NetworkModuleFactory {
  private static final String SCHEME = "twinspan";

  /** Of every one: where to, the wire knows. */
  static final String ANY = SCHEME + "://broker";

  @Override
  public Set<String> getSupportedUriSchemes() {
    return Set.of(SCHEME);
  }

  @Override
  public void validateURI(URI uri) {
    // Nothing is dialled by it.
  }

  @Override
  public NetworkModule createNetworkModule(
      URI uri, MqttConnectionOptions options, String clientId) {
    return (PahoWire) options.getSocketFactory();
  }
}
