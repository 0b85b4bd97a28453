package dev.twinspan.agent.sim;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/** What has an address in the world, and a sense of time. */
public interface SimHost {
  InetAddress address();

  /** Drawn on the left. */
  boolean isFirst();

  /** What stands before its doings in the chart, where more than two share it. */
  default String label() {
    return "";
  }

  /** On the world's clock; {@link Long#MAX_VALUE}: never. */
  long deadline();

  void tick();

  void arrive(InetSocketAddress here, InetSocketAddress from, byte[] payload, boolean esp);
}
