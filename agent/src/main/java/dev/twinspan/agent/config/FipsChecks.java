package dev.twinspan.agent.config;

import dev.twinspan.agent.ike.IkePolicy;
import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.crypto.IkeCipher.Integrity;
import dev.twinspan.agent.ike.crypto.PrfAlgorithm;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * With {@code fips: true}: every setting outside the approved set, by name. NIST SP 800-56A
 * revision 3 (groups), SP 800-131A revision 2 (strength, SHA-1), SP 800-77 revision 1 (IPsec).
 */
final class FipsChecks {
  /** SP 800-131A: a key of HMAC has at least 112 bits. */
  private static final int LEAST_PSK = 112 / 8;

  private final ConfigDraft.Connection connection;
  private final Problems problems;

  private FipsChecks(ConfigDraft.Connection connection, Problems problems) {
    this.connection = connection;
    this.problems = problems;
  }

  static void check(ConfigDraft config, Problems problems) {
    AgentConfig.Crypto crypto = config.crypto();
    if (!crypto.fips()) {
      return;
    }
    if (crypto.espFips() && !Set.of("auto", "libcrypto").contains(crypto.espBackend())) {
      problems.error(
          "crypto.esp-backend",
          "%s is no validated module, fips: true wants OpenSSL's FIPS provider: set auto or libcrypto"
              .formatted(crypto.espBackend()));
    }
    if (!crypto.espFips()) {
      problems.warning(
          "crypto.esp-fips",
          "false: IKE alone runs in FIPS mode, what carries the packets is no validated module");
    }
    for (ConfigDraft.Connection connection : config.connections()) {
      FipsChecks checks = new FipsChecks(connection, problems);
      checks.key();
      if (connection.policy() != null) {
        checks.groups(connection.policy());
        checks.sha1(connection.policy());
      }
    }
  }

  private void key() {
    if (connection.auth() instanceof AuthConfig.Psk(var file, var key)
        && key.secret().bytes().length < LEAST_PSK) {
      problems.error(
          connection.path() + ".psk.file",
          "%s holds a key of %d characters, fips: true takes %d or more (112 bits, SP 800-131A): set a"
                  .formatted(file, key.secret().bytes().length, LEAST_PSK)
              + " longer shared key on both sides");
    }
  }

  private void groups(IkePolicy policy) {
    Set<DhGroup> ike = new LinkedHashSet<>();
    policy.ike().forEach(suite -> ike.add(suite.group()));
    Set<DhGroup> pfs = new LinkedHashSet<>();
    policy.esp().forEach(suite -> add(pfs, suite.pfs()));
    ike.forEach(group -> group(group, "dhGroup", "ECP384, ECP256 or DHGroup14", policy));
    pfs.forEach(group -> group(group, "pfsGroup", "ECP384, ECP256 or PFS2048", policy));
  }

  private static void add(Set<DhGroup> groups, @Nullable DhGroup group) {
    if (group != null) {
      groups.add(group);
    }
  }

  private void group(DhGroup group, String field, String instead, IkePolicy policy) {
    if (group.isApproved()) {
      return;
    }
    boolean custom = policy.name().equals(Policies.CUSTOM);
    String why =
        group == DhGroup.MODP2048_256
            ? "its parameters cannot be verified (SP 800-56A)"
            : "it is weaker than 112 bits (SP 800-131A)";
    String wayOut =
        custom
            ? "set " + field + " to " + instead + " in Azure and here"
            : "set a custom policy on the connection in Azure and policy azure-strong here";
    problems.error(
        connection.path() + (custom ? ".policy." + field : ".policy"),
        "%s (%s) is outside the approved set of fips: true, since %s: %s"
            .formatted(group.azureName(), group, why, wayOut));
  }

  private void sha1(IkePolicy policy) {
    boolean ike =
        policy.ike().stream()
            .anyMatch(
                suite ->
                    suite.prf() == PrfAlgorithm.HMAC_SHA1
                        || suite.cipher().integrity() == Integrity.HMAC_SHA1_96);
    boolean esp =
        policy.esp().stream()
            .anyMatch(
                suite ->
                    suite.transform().integrityKeyLength() == Integrity.HMAC_SHA1_96.keyLength());
    if (ike || esp) {
      problems.warning(
          connection.path() + ".policy",
          "uses SHA1, which NIST approves in HMAC until the end of 2030 only: set SHA256 or SHA384, and"
              + " GCMAES256 for ESP, in Azure and here");
    }
  }
}
