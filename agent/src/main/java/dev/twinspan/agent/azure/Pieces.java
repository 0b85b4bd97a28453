package dev.twinspan.agent.azure;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The objects of all files, recognised by their shape and not by the files' names or order. Lists,
 * pages of the REST API, templates and what {@code az … create} prints are taken apart.
 */
final class Pieces {
  private static final int MAX_PIECES = 20_000;
  private static final int MAX_WRAPPERS = 6;
  private static final int MAX_TEMPLATES = 64;

  enum Type {
    /** An entry of Virtual WAN's "Download VPN configuration". */
    DOWNLOAD,
    VNET_GATEWAY,
    CONNECTION,
    LOCAL_GATEWAY,
    PUBLIC_IP,
    VNET,
    HUB_GATEWAY,
    HUB_CONNECTION,
    VPN_SITE,
    HUB,
    SHARED_KEY,
    OTHER
  }

  record Piece(Type type, Fields fields, String file) {
    @Nullable String name() {
      String name = fields.text("name");
      return name == null ? null : Fields.lastSegment(name);
    }
  }

  private record Template(JsonNode node, String file) {}

  private final Map<String, JsonNode> parameters = new HashMap<>();
  private final List<Template> templates = new ArrayList<>();
  private final List<Piece> pieces = new ArrayList<>();

  void add(String file, List<JsonNode> roots) {
    roots.forEach(root -> add(root, file, 0));
  }

  /** Once all files are in: a template may be told its parameters by a later file. */
  void expandTemplates() {
    // Among a template's resources there may be another, which comes to the end of the list.
    for (int i = 0; i < Math.min(templates.size(), MAX_TEMPLATES); i++) {
      Template template = templates.get(i);
      new ArmTemplate(template.node(), parameters)
          .resources()
          .forEach(resource -> add(resource, template.file(), 0));
    }
    templates.clear();
  }

  List<Piece> of(Type type) {
    return pieces.stream().filter(piece -> piece.type() == type).toList();
  }

  /** The piece of that name; if none is named so, or no name is known, the only one there is. */
  @Nullable Piece find(Type type, @Nullable String name) {
    List<Piece> all = of(type);
    for (Piece piece : all) {
      if (name != null && name.equalsIgnoreCase(piece.name())) {
        return piece;
      }
    }
    boolean nameless = name == null || all.stream().allMatch(piece -> piece.name() == null);
    return all.size() == 1 && nameless ? all.getFirst() : null;
  }

  private void add(JsonNode node, String file, int wrappers) {
    if (pieces.size() >= MAX_PIECES || wrappers > MAX_WRAPPERS) {
      return;
    }
    if (node.isArray()) {
      node.valueStream().forEach(one -> add(one, file, wrappers + 1));
      return;
    }
    Fields fields = new Fields(node);
    if (ArmTemplate.is(fields)) {
      templates.add(new Template(node, file));
    } else if (ArmTemplate.isParameters(fields)) {
      ArmTemplate.readParameters(fields, parameters);
    } else if (node.isObject()) {
      JsonNode inner = unwrapped(node, fields);
      if (inner == null) {
        pieces.add(new Piece(type(fields), fields, file));
      } else {
        add(inner, file, wrappers + 1);
      }
    }
  }

  /** {@code {"value": […]}} of the REST API, {@code {"newLocalNetworkGateway": {…}}} of az. */
  private static @Nullable JsonNode unwrapped(JsonNode node, Fields fields) {
    JsonNode value = node.path("value");
    if (value.isArray() || value.isObject()) {
      return value;
    }
    if (node.size() == 1 && type(fields) == Type.OTHER) {
      JsonNode only = node.iterator().next();
      return only.isObject() || only.isArray() ? only : null;
    }
    return null;
  }

  private static Type type(Fields fields) {
    String type = fields.text("type");
    Type told = type == null ? Type.OTHER : told(type.toLowerCase(Locale.ROOT));
    return told == Type.OTHER ? shape(fields) : told;
  }

  private static Type told(String type) {
    return switch (type) {
      case "microsoft.network/virtualnetworkgateways" -> Type.VNET_GATEWAY;
      case "microsoft.network/connections" -> Type.CONNECTION;
      case "microsoft.network/localnetworkgateways" -> Type.LOCAL_GATEWAY;
      case "microsoft.network/publicipaddresses" -> Type.PUBLIC_IP;
      case "microsoft.network/virtualnetworks" -> Type.VNET;
      case "microsoft.network/vpngateways" -> Type.HUB_GATEWAY;
      case "microsoft.network/vpngateways/vpnconnections" -> Type.HUB_CONNECTION;
      case "microsoft.network/vpnsites" -> Type.VPN_SITE;
      case "microsoft.network/virtualhubs" -> Type.HUB;
      default -> Type.OTHER;
    };
  }

  private static Type shape(Fields fields) {
    if (fields.has("vpnSiteConfiguration") || fields.has("vpnSiteConnections")) {
      return Type.DOWNLOAD;
    }
    if (fields.has("connectionType") || fields.has("virtualNetworkGateway1")) {
      return Type.CONNECTION;
    }
    if (fields.has("vpnLinkConnections") || fields.has("remoteVpnSite")) {
      return Type.HUB_CONNECTION;
    }
    if (fields.has("localNetworkAddressSpace") || fields.has("gatewayIpAddress")) {
      return Type.LOCAL_GATEWAY;
    }
    if (fields.has("vpnGatewayScaleUnit")) {
      return Type.HUB_GATEWAY;
    }
    if (fields.has("gatewayType") || fields.has("vpnType")) {
      return Type.VNET_GATEWAY;
    }
    if (fields.has("vpnSiteLinks")) {
      return Type.VPN_SITE;
    }
    if (fields.has("publicIPAllocationMethod")) {
      return Type.PUBLIC_IP;
    }
    if (fields.has("addressSpace") && fields.has("subnets")) {
      return Type.VNET;
    }
    return fields.node().path("value").isString() ? Type.SHARED_KEY : Type.OTHER;
  }
}
