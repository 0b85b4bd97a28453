package dev.twinspan.agent.bgp.message;

import java.util.List;
import java.util.Set;

/** What a speaker says of itself in its OPEN (RFC 5492; IANA "Capability Codes"). */
public sealed interface Capability {
  int MULTI_PROTOCOL = 1;
  int ROUTE_REFRESH = 2;
  int GRACEFUL_RESTART = 64;
  int FOUR_OCTET_AS = 65;
  int ENHANCED_ROUTE_REFRESH = 70;

  /** RFC 4760 section 8. Families not spoken here are kept as {@link Unknown}. */
  record MultiProtocol(Family family) implements Capability {}

  /** RFC 2918. */
  record RouteRefresh() implements Capability {}

  /** RFC 7313: a refresh has a beginning and an end. */
  record EnhancedRouteRefresh() implements Capability {}

  /**
   * RFC 6793.
   *
   * @param asn 0 to 4294967295
   */
  record FourOctetAs(long asn) implements Capability {}

  /**
   * RFC 4724 section 3.
   *
   * @param restarting the R bit: the sender has just restarted
   * @param seconds how long it asks to be waited for, 0 to 4095
   * @param families those it can restart
   * @param forwarding those of them for which it kept forwarding (F bit)
   */
  record GracefulRestart(
      boolean restarting, int seconds, List<Family> families, Set<Family> forwarding)
      implements Capability {
    public GracefulRestart {
      families = List.copyOf(families);
      forwarding = Set.copyOf(forwarding);
    }
  }

  /** One that is not for us, or a known one about something that is not. */
  record Unknown(int code, Bytes value) implements Capability {}
}
