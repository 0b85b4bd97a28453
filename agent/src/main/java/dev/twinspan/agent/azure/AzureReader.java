package dev.twinspan.agent.azure;

import dev.twinspan.agent.azure.AzureConnection.Branch;
import dev.twinspan.agent.azure.AzureConnection.Kind;
import dev.twinspan.agent.azure.AzureConnection.Names;
import dev.twinspan.agent.azure.Pieces.Piece;
import dev.twinspan.agent.azure.Pieces.Type;
import dev.twinspan.agent.ike.Secret;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All files to what Azure expects of this one box. Pure: bytes in, connections and findings out.
 */
final class AzureReader {
  private static final int LONGEST_NAME = 32;
  private static final int MAX_CONNECTIONS = 64;

  /**
   * @param name as the operator named it
   */
  record SourceFile(String name, byte[] bytes) {}

  private final Findings findings;

  private AzureReader(Findings findings) {
    this.findings = findings;
  }

  static List<AzureConnection> read(List<SourceFile> files, List<String> only, Findings findings) {
    return new AzureReader(findings).read(files, only);
  }

  private List<AzureConnection> read(List<SourceFile> files, List<String> only) {
    Pieces pieces = new Pieces();
    for (SourceFile file : files) {
      try {
        pieces.add(file.name(), LenientJson.read(file.bytes()));
      } catch (LenientJson.Unreadable e) {
        findings.refused("unreadable", file.name(), e.sentence(), "");
      }
    }
    pieces.expandTemplates();
    if (findings.refused()) {
      return List.of();
    }
    List<AzureConnection> all = new ArrayList<>();
    all.addAll(new DownloadReader(findings).read(pieces.of(Type.DOWNLOAD)));
    all.addAll(new GatewayReader(pieces, findings).read());
    all.addAll(new HubReader(pieces, findings).read());
    if (all.isEmpty() && !findings.refused()) {
      nothing(pieces, files);
    }
    return withKeys(named(oneLinkEach(ofOneBox(chosen(all, only)))), pieces);
  }

  private void nothing(Pieces pieces, List<SourceFile> files) {
    boolean parts =
        Stream.of(Type.LOCAL_GATEWAY, Type.VPN_SITE, Type.PUBLIC_IP, Type.VNET, Type.SHARED_KEY)
            .anyMatch(type -> !pieces.of(type).isEmpty());
    findings.refused(
        "nothing-found",
        files.size() == 1 ? files.getFirst().name() : "",
        parts
            ? "holds parts of a connection, but neither a gateway nor a connection"
            : "holds nothing of an Azure VPN that is known here",
        "give Virtual WAN's \"Download VPN configuration\", or `az network vnet-gateway show`,"
            + " `vpn-connection show` and `local-gateway show`, or an ARM export");
  }

  private List<AzureConnection> chosen(List<AzureConnection> all, List<String> only) {
    if (only.isEmpty()) {
      return all;
    }
    for (String name : only) {
      if (all.stream().noneMatch(one -> namesOf(one).anyMatch(name::equalsIgnoreCase))) {
        findings.refused(
            "no-such-connection",
            name,
            "--only %s names no connection, site, link or local network gateway of the files"
                .formatted(name),
            "there are: "
                + all.stream()
                    .flatMap(AzureReader::namesOf)
                    .distinct()
                    .limit(20)
                    .collect(Collectors.joining(", ")));
      }
    }
    return all.stream()
        .filter(one -> namesOf(one).anyMatch(n -> only.stream().anyMatch(n::equalsIgnoreCase)))
        .toList();
  }

  private static Stream<String> namesOf(AzureConnection one) {
    Names names = one.names();
    return Stream.of(
            one.name(),
            Slugs.of(one.name(), LONGEST_NAME),
            names.branch(),
            names.link(),
            names.gateway(),
            names.connection())
        .filter(Objects::nonNull);
  }

  /** A whole WAN's download, or a list of all connections, holds other branches too. */
  private List<AzureConnection> ofOneBox(List<AzureConnection> all) {
    Map<String, String> branches = new LinkedHashMap<>();
    for (AzureConnection one : all) {
      Branch branch = one.branch();
      String name = one.names().branch() == null ? one.name() : one.names().branch();
      String key =
          one.kind() == Kind.VIRTUAL_WAN ? "site " + name : String.valueOf(branch.address());
      branches.putIfAbsent(key, name);
    }
    if (branches.size() > 1) {
      findings.refused(
          "several-boxes",
          "",
          "the files hold %d branches, and this is the configuration of one box: %s"
              .formatted(
                  branches.size(),
                  branches.values().stream().limit(20).collect(Collectors.joining(", "))),
          "choose with --only NAME (a site, connection or local network gateway)");
      return List.of();
    }
    return all;
  }

  /** Two uplinks to the same addresses of Azure need their own prefixes or peers: not here. */
  private List<AzureConnection> oneLinkEach(List<AzureConnection> all) {
    List<AzureConnection> first = new ArrayList<>();
    for (AzureConnection one : all) {
      AzureConnection same =
          first.stream()
              .filter(other -> other.names().link() != null && sameAddresses(one, other))
              .findFirst()
              .orElse(null);
      if (same == null) {
        first.add(one);
      } else {
        findings.warning(
            "link-left-out",
            Slugs.of(one.name(), LONGEST_NAME),
            "link %s ends on the same Azure addresses as link %s and is left out"
                .formatted(one.names().link(), same.names().link()),
            "here: --only %s takes that link instead".formatted(one.names().link()));
      }
    }
    if (first.size() > MAX_CONNECTIONS) {
      findings.refused(
          "too-many-connections",
          "",
          "%d connections, at most %d are taken".formatted(first.size(), MAX_CONNECTIONS),
          "choose with --only NAME");
      return List.copyOf(first.subList(0, MAX_CONNECTIONS));
    }
    return first;
  }

  private static boolean sameAddresses(AzureConnection one, AzureConnection other) {
    Set<Object> here =
        one.gateway().instances().stream()
            .map(AzureConnection.AzureInstance::address)
            .collect(Collectors.toSet());
    return other.gateway().instances().stream().anyMatch(i -> here.contains(i.address()));
  }

  private static List<AzureConnection> named(List<AzureConnection> all) {
    Set<String> taken = new HashSet<>();
    return all.stream()
        .map(one -> with(one, Slugs.unique(one.name(), LONGEST_NAME, taken), one.psk()))
        .toList();
  }

  /** The answer of {@code shared-key show} has no name in it: it is for the one without a key. */
  private List<AzureConnection> withKeys(List<AzureConnection> all, Pieces pieces) {
    List<Piece> keys = pieces.of(Type.SHARED_KEY);
    if (keys.isEmpty()) {
      return all;
    }
    long without = all.stream().filter(one -> one.psk() == null).count();
    if (keys.size() > 1 || without > 1) {
      findings.refused(
          "which-key",
          keys.getFirst().file(),
          "%d shared keys for %d connections without one: which is whose is not told"
              .formatted(keys.size(), without),
          "import one connection at a time, with --only NAME");
      return all;
    }
    Secret key = Values.secret(keys.getFirst().fields().text("value"));
    return all.stream().map(one -> one.psk() == null ? with(one, one.name(), key) : one).toList();
  }

  private static AzureConnection with(AzureConnection one, String name, @Nullable Secret psk) {
    return new AzureConnection(
        one.kind(),
        name,
        one.file(),
        one.region(),
        one.names(),
        one.gateway(),
        one.terms(),
        one.branch(),
        psk);
  }
}
