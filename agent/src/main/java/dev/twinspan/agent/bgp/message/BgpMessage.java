package dev.twinspan.agent.bgp.message;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A message (RFC 4271 section 4); {@link Notification} is in its own file. */
public sealed interface BgpMessage
    permits BgpMessage.Open,
        BgpMessage.Update,
        BgpMessage.Keepalive,
        BgpMessage.RouteRefresh,
        Notification {
  /**
   * Section 4.2.
   *
   * @param as the 2-octet field, AS_TRANS (23456) when the number does not fit
   * @param holdTime seconds, 0 or at least 3
   * @param identifier unsigned, never 0
   */
  record Open(int as, int holdTime, int identifier, List<Capability> capabilities)
      implements BgpMessage {
    public Open {
      capabilities = List.copyOf(capabilities);
    }

    /** The sender's ASN: RFC 6793 section 4.1. */
    public long asn() {
      return find(Capability.FourOctetAs.class).map(Capability.FourOctetAs::asn).orElse((long) as);
    }

    /** The first of a kind, if there is one. */
    public <C extends Capability> Optional<C> find(Class<C> kind) {
      return capabilities.stream().filter(kind::isInstance).map(kind::cast).findFirst();
    }

    public boolean has(Class<? extends Capability> kind) {
      return find(kind).isPresent();
    }

    /** RFC 4760 section 8: without any multiprotocol capability it speaks IPv4 unicast. */
    public boolean speaks(Family family) {
      return has(Capability.MultiProtocol.class)
          ? capabilities.contains(new Capability.MultiProtocol(family))
          : family == Family.IPV4_UNICAST;
    }
  }

  /**
   * Section 4.3, with RFC 4760 on top: where the prefixes stood on the wire is not kept.
   *
   * @param withdrawn both families; with what RFC 7606 makes a withdrawal
   * @param attributes null when nothing is announced
   * @param reach what is announced: usually one family
   * @param endOfRib RFC 4724 section 2
   * @param disabled families of which everything is to be forgotten and ignored until the session
   *     ends: "AFI/SAFI disable" (RFC 7606 section 2)
   * @param faults what was wrong and yet did not end the session, to be logged
   */
  record Update(
      List<Nlri> withdrawn,
      @Nullable PathAttributes attributes,
      List<Reach> reach,
      Set<Family> endOfRib,
      Set<Family> disabled,
      List<AttributeFault> faults)
      implements BgpMessage {
    public Update {
      withdrawn = List.copyOf(withdrawn);
      reach = List.copyOf(reach);
      endOfRib = Set.copyOf(endOfRib);
      disabled = Set.copyOf(disabled);
      faults = List.copyOf(faults);
    }

    public static Update announce(PathAttributes attributes, Reach reach) {
      return new Update(List.of(), attributes, List.of(reach), Set.of(), Set.of(), List.of());
    }

    public static Update withdraw(List<Nlri> withdrawn) {
      return new Update(withdrawn, null, List.of(), Set.of(), Set.of(), List.of());
    }

    public static Update endOfRib(Family family) {
      return new Update(List.of(), null, List.of(), Set.of(family), Set.of(), List.of());
    }
  }

  /**
   * Prefixes of one family by one next hop.
   *
   * @param nextHop of the prefixes' family; of an IPv6 pair the global one (RFC 2545 section 3)
   */
  record Reach(Family family, InetAddress nextHop, List<Nlri> nlri) {
    public Reach {
      nlri = List.copyOf(nlri);
    }
  }

  /** Section 4.4. */
  record Keepalive() implements BgpMessage {}

  /**
   * RFC 2918, and RFC 7313 for its beginning and end.
   *
   * @param family null: one not spoken here, to be ignored
   * @param subtype 0 request, 1 beginning, 2 end; others are ignored
   */
  record RouteRefresh(@Nullable Family family, int subtype) implements BgpMessage {
    public static final int REQUEST = 0;
    public static final int BEGIN = 1;
    public static final int END = 2;
  }
}
