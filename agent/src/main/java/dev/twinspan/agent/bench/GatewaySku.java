package dev.twinspan.agent.bench;

import java.util.Optional;

/**
 * What one tunnel of an Azure gateway carries with AES-256-GCM, as Azure tells ("About gateway
 * SKUs"), least first.
 */
enum GatewaySku {
  VPN_GW_1_AZ("VpnGw1AZ", 0.65, 62_000),
  VPN_GW_2_AZ("VpnGw2AZ", 1.25, 120_000),
  VPN_GW_3_AZ("VpnGw3AZ", 1.5, 140_000),
  VPN_GW_4_AZ("VpnGw4AZ and VpnGw5AZ", 2.3, 220_000);

  static final GatewaySku SMALLEST = VPN_GW_1_AZ;

  private final String title;
  private final double gigabits;
  private final int packets;

  GatewaySku(String title, double gigabits, int packets) {
    this.title = title;
    this.gigabits = gigabits;
    this.packets = packets;
  }

  /**
   * The largest whose tunnel one core can fill in one direction.
   *
   * @param gigabitsPerSecond of large packets
   * @param packetsPerSecond of small ones
   */
  static Optional<GatewaySku> largestWithin(double gigabitsPerSecond, double packetsPerSecond) {
    GatewaySku largest = null;
    for (GatewaySku sku : values()) {
      if (gigabitsPerSecond >= sku.gigabits && packetsPerSecond >= sku.packets) {
        largest = sku;
      }
    }
    return Optional.ofNullable(largest);
  }

  String title() {
    return title;
  }

  double gigabits() {
    return gigabits;
  }

  /** A second. */
  int packets() {
    return packets;
  }
}
