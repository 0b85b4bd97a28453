package dev.twinspan.agent.sim;

import dev.twinspan.agent.ike.Credentials;
import dev.twinspan.agent.ike.IkePeer;
import dev.twinspan.agent.ike.IkePeer.Role;
import dev.twinspan.agent.ike.IkePolicy;
import dev.twinspan.agent.ike.IkePolicy.EspSuite;
import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import dev.twinspan.agent.ike.Secret;
import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.IkeCipher.Encryption;
import dev.twinspan.agent.ike.crypto.IkeCipher.Integrity;
import dev.twinspan.agent.ike.crypto.PrfAlgorithm;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.ike.message.TrafficSelector;
import dev.twinspan.ffi.crypto.EspTransform;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Configurations to start from. */
public final class Peers {
  public static final IkeSuite STRONG =
      new IkeSuite(
          new IkeCipher(Encryption.AES_GCM_16, 256, Integrity.NONE),
          PrfAlgorithm.HMAC_SHA2_384,
          DhGroup.ECP384);
  public static final IkeSuite MIDDLE =
      new IkeSuite(
          new IkeCipher(Encryption.AES_CBC, 256, Integrity.HMAC_SHA2_256_128),
          PrfAlgorithm.HMAC_SHA2_256,
          DhGroup.MODP2048);
  public static final IkeSuite WEAK =
      new IkeSuite(
          new IkeCipher(Encryption.AES_CBC, 256, Integrity.HMAC_SHA1_96),
          PrfAlgorithm.HMAC_SHA1,
          DhGroup.MODP1024);
  public static final EspSuite GCM = new EspSuite(EspTransform.AES_GCM_256, null, false);
  public static final EspSuite GCM_PFS =
      new EspSuite(EspTransform.AES_GCM_256, DhGroup.ECP384, false);
  public static final EspSuite CBC = new EspSuite(EspTransform.AES_CBC_256_SHA256_128, null, false);

  private Peers() {}

  public static IkePolicy policy(List<IkeSuite> ike, List<EspSuite> esp) {
    return new IkePolicy("test", ike, esp, Duration.ofHours(8), Duration.ofSeconds(27_000), 0);
  }

  public static Builder from(SimNode here, SimNode there) {
    return new Builder(there.name(), here.address(), there.address());
  }

  public static Builder of(String name, InetAddress here, InetAddress there) {
    return new Builder(name, here, there);
  }

  public static List<TrafficSelector> any() {
    return List.of(selector("0.0.0.0", "255.255.255.255"));
  }

  public static TrafficSelector selector(String first, String last) {
    return new TrafficSelector(0, 0, 65535, World.address(first), World.address(last));
  }

  /** Changes one thing at a time. */
  public static final class Builder {
    private String name;
    private @Nullable InetAddress local;
    private InetAddress remote;
    private IkeId localId;
    private IkeId remoteId;
    private String secret = "correct horse battery staple";
    private @Nullable Credentials credentials;
    private Role role = Role.INITIATE_AND_RESPOND;
    private IkePolicy policy = Peers.policy(List.of(STRONG), List.of(GCM));
    private List<TrafficSelector> localSelectors = any();
    private List<TrafficSelector> remoteSelectors = any();
    private List<IkePeer.Pair> pairs = List.of();
    private Duration liveness = Duration.ofSeconds(10);
    private Duration livenessTimeout = Duration.ofSeconds(45);
    private boolean force = true;
    private int fragmentSize = 1280;

    private Builder(String name, InetAddress here, InetAddress there) {
      this.name = name;
      this.local = here;
      this.remote = there;
      this.localId = IkeId.of(here);
      this.remoteId = IkeId.of(there);
    }

    public Builder name(String value) {
      name = value;
      return this;
    }

    public Builder local(@Nullable InetAddress value) {
      local = value;
      return this;
    }

    public Builder remote(InetAddress value) {
      remote = value;
      return this;
    }

    public Builder localId(IkeId value) {
      localId = value;
      return this;
    }

    public Builder remoteId(IkeId value) {
      remoteId = value;
      return this;
    }

    public Builder secret(String value) {
      secret = value;
      return this;
    }

    /** Instead of the secret. */
    public Builder credentials(Credentials value) {
      credentials = value;
      return this;
    }

    public Builder role(Role value) {
      role = value;
      return this;
    }

    public Builder policy(IkePolicy value) {
      policy = value;
      return this;
    }

    public Builder ike(IkeSuite... suites) {
      policy =
          new IkePolicy(
              policy.name(),
              List.of(suites),
              policy.esp(),
              policy.ikeLifetime(),
              policy.childLifetime(),
              policy.childBytes());
      return this;
    }

    public Builder esp(EspSuite... suites) {
      policy =
          new IkePolicy(
              policy.name(),
              policy.ike(),
              List.of(suites),
              policy.ikeLifetime(),
              policy.childLifetime(),
              policy.childBytes());
      return this;
    }

    public Builder lifetimes(Duration ike, Duration child) {
      policy = new IkePolicy(policy.name(), policy.ike(), policy.esp(), ike, child, 0);
      return this;
    }

    public Builder selectors(List<TrafficSelector> local, List<TrafficSelector> remote) {
      localSelectors = local;
      remoteSelectors = remote;
      return this;
    }

    /** Policy-based: each its own CHILD SA. */
    public Builder pairs(List<IkePeer.Pair> value) {
      pairs = value;
      localSelectors = value.stream().map(IkePeer.Pair::local).distinct().toList();
      remoteSelectors = value.stream().map(IkePeer.Pair::remote).distinct().toList();
      return this;
    }

    public Builder liveness(Duration interval, Duration timeout) {
      liveness = interval;
      livenessTimeout = timeout;
      return this;
    }

    public Builder force(boolean value) {
      force = value;
      return this;
    }

    public Builder fragmentSize(int bytes) {
      fragmentSize = bytes;
      return this;
    }

    public IkePeer build() {
      return new IkePeer(
          name,
          local,
          remote,
          localId,
          remoteId,
          credentials != null
              ? credentials
              : new Credentials.PreSharedKey(
                  new Secret(secret.getBytes(StandardCharsets.US_ASCII))),
          role,
          policy,
          localSelectors,
          remoteSelectors,
          pairs,
          liveness,
          livenessTimeout,
          force,
          fragmentSize);
    }
  }
}
