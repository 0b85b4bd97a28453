package dev.twinspan.agent.config;

import dev.twinspan.agent.ike.IkePeer;
import java.util.List;

/** From the configuration to what the IKE engine is told. */
public final class IkePeers {
  private IkePeers() {}

  /** One peer per instance, in the order of the file. */
  public static List<IkePeer> of(AgentConfig config) {
    throw new UnsupportedOperationException("" + config);
  }
}
