package dev.twinspan.agent.azure;

import dev.twinspan.agent.config.Addresses;
import dev.twinspan.agent.config.Prefix;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * The configuration that is there already: what Azure does not tell is kept. Values that are wrong
 * read as absent; the check of the new file names them.
 *
 * @param root missing: there is none yet
 */
record Existing(JsonNode root) {
  static final Existing NONE = new Existing(MissingNode.getInstance());

  boolean isThere() {
    return root.isObject();
  }

  @Nullable String deviceId() {
    return text(root.path("device").path("id"));
  }

  @Nullable String site() {
    return text(root.path("device").path("site"));
  }

  @Nullable InetAddress publicAddress() {
    return address(root.path("wan").path("public-address"));
  }

  @Nullable InetAddress wanAddress() {
    return address(root.path("wan").path("address"));
  }

  List<Prefix> lan() {
    return prefixes(root.path("lan").path("prefixes"));
  }

  @Nullable Long asn() {
    JsonNode asn = root.path("bgp").path("asn");
    return asn.isIntegralNumber() && asn.canConvertToLong() ? asn.asLong() : null;
  }

  @Nullable InetAddress routerAddress() {
    return address(root.path("bgp").path("router-address"));
  }

  /** Missing when there is none of that name. */
  JsonNode connection(String name) {
    JsonNode connections = root.path("connections");
    for (int i = 0; i < connections.size(); i++) {
      if (name.equals(text(connections.path(i).path("name")))) {
        return connections.path(i);
      }
    }
    return MissingNode.getInstance();
  }

  @Nullable String mode(String connection) {
    return text(connection(connection).path("mode"));
  }

  /** {@code custom} for a policy of its own; null when none is set. */
  @Nullable String policy(String connection) {
    JsonNode policy = connection(connection).path("policy");
    return policy.isObject() ? BoxPlanner.CUSTOM : text(policy);
  }

  int dpd(String connection, int otherwise) {
    JsonNode dpd = connection(connection).path("dpd-timeout");
    return dpd.isIntegralNumber() && dpd.canConvertToInt() ? dpd.asInt() : otherwise;
  }

  List<Prefix> staticPrefixes(String connection) {
    return prefixes(connection(connection).path("static-prefixes"));
  }

  boolean hasCertificate(String connection) {
    return connection(connection).path("certificate").isObject();
  }

  /** The file named there, or the one a new connection gets. */
  String secretFile(String connection) {
    String file = text(connection(connection).path("psk").path("file"));
    return file == null ? "secrets/" + connection + ".psk" : file;
  }

  private static @Nullable String text(JsonNode value) {
    return value.isString() ? value.stringValue() : null;
  }

  private static @Nullable InetAddress address(JsonNode value) {
    try {
      return value.isString() ? Addresses.address(value.stringValue()) : null;
    } catch (Addresses.Malformed e) {
      return null;
    }
  }

  private static List<Prefix> prefixes(JsonNode list) {
    List<Prefix> prefixes = new ArrayList<>();
    for (JsonNode one : list.isArray() ? list.values() : List.<JsonNode>of()) {
      try {
        if (one.isString()) {
          prefixes.add(Addresses.prefix(one.stringValue()));
        }
      } catch (Addresses.Malformed _) {
        // told by the check of the new file, if it is kept
      }
    }
    return prefixes;
  }
}
