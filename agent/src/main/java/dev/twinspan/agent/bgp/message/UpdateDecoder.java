package dev.twinspan.agent.bgp.message;

import dev.twinspan.agent.bgp.message.AttributeFault.Treatment;
import dev.twinspan.agent.bgp.message.BgpMessage.Reach;
import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * UPDATE (RFC 4271 section 4.3) with the error handling of RFC 7606. One per message.
 *
 * <pre>
 * +-----------------------------------------------------+
 * |   Withdrawn Routes Length (2 octets)                |
 * +-----------------------------------------------------+
 * |   Withdrawn Routes (variable)                       |
 * +-----------------------------------------------------+
 * |   Total Path Attribute Length (2 octets)            |
 * +-----------------------------------------------------+
 * |   Path Attributes (variable)                        |
 * +-----------------------------------------------------+
 * |   Network Layer Reachability Information (variable) |
 * +-----------------------------------------------------+
 * </pre>
 */
final class UpdateDecoder {
  private static final int MALFORMED_LIST = 1;
  private static final int INVALID_NETWORK = 10;

  private final CodecContext context;

  UpdateDecoder(CodecContext context) {
    this.context = context;
  }

  Update decode(WireReader body) throws Malformed {
    int withdrawnLength = body.u16();
    if (!body.has(withdrawnLength + 2)) {
      throw listError("Withdrawn Routes Length", withdrawnLength, body.remaining() - 2);
    }
    WireReader withdrawnField = body.sub(withdrawnLength);
    int attributesLength = body.u16();
    if (!body.has(attributesLength)) {
      throw listError("Total Path Attribute Length", attributesLength, body.remaining());
    }
    WireReader attributesField = body.sub(attributesLength);
    boolean empty = withdrawnLength == 0 && attributesLength == 0 && body.remaining() == 0;
    List<Nlri> withdrawn = prefixes(withdrawnField, "Withdrawn Routes");
    List<Nlri> announced = prefixes(body, "NLRI");
    AttributeDecoder attributes = new AttributeDecoder(context);
    attributes.decode(attributesField, !announced.isEmpty());
    return assemble(withdrawn, announced, attributes, empty);
  }

  private Update assemble(
      List<Nlri> withdrawn, List<Nlri> announced, AttributeDecoder attributes, boolean empty)
      throws Malformed {
    boolean reachable = !announced.isEmpty() || attributes.announces();
    Treatment worst = attributes.worst();
    if (worst == Treatment.SESSION_RESET
        // RFC 7606 section 5.2: with no prefix seen, we cannot know that none was meant.
        || !reachable
            && attributes.anyButMpUnreach()
            && worst.compareTo(Treatment.TREAT_AS_WITHDRAW) >= 0) {
      throw attributes.reset();
    }
    List<Nlri> gone = new ArrayList<>(withdrawn);
    gone.addAll(attributes.mpWithdrawn());
    List<Reach> reach = new ArrayList<>();
    if (!announced.isEmpty()) {
      InetAddress nextHop = attributes.nextHop();
      if (attributes.withdraws() || nextHop == null) {
        gone.addAll(announced);
      } else {
        reach.add(new Reach(Family.IPV4_UNICAST, nextHop, announced));
      }
    }
    Reach mp = attributes.mpReach();
    if (mp != null && !mp.nlri().isEmpty()) {
      if (attributes.withdraws()) {
        gone.addAll(mp.nlri());
      } else {
        reach.add(mp);
      }
    }
    gone.addAll(attributes.unusable());
    Set<Family> endOfRib = EnumSet.noneOf(Family.class);
    if (empty) {
      endOfRib.add(Family.IPV4_UNICAST);
    }
    Family ended = attributes.onlyEmptyMpUnreach();
    if (ended != null && withdrawn.isEmpty() && !reachable) {
      endOfRib.add(ended);
    }
    endOfRib.retainAll(context.families());
    return new Update(
        only(gone),
        reach.isEmpty() ? null : attributes.build(),
        reach.stream().filter(r -> context.families().contains(r.family())).toList(),
        endOfRib,
        attributes.disabled(),
        attributes.faults());
  }

  private List<Nlri> only(List<Nlri> prefixes) {
    return prefixes.stream().filter(p -> context.families().contains(p.family())).toList();
  }

  /** RFC 7606 section 3 (i) and (j): not to be parsed, so nobody knows which routes are meant. */
  private static List<Nlri> prefixes(WireReader field, String what) throws Malformed {
    try {
      return NlriReader.read(field, Family.IPV4_UNICAST);
    } catch (NlriReader.Unreadable e) {
      throw new Malformed(
          Notification.UPDATE_ERROR, INVALID_NETWORK, "%s: %s".formatted(what, e.sentence()));
    }
  }

  private static Malformed listError(String field, int said, int there) {
    return new Malformed(
        Notification.UPDATE_ERROR,
        MALFORMED_LIST,
        "%s is %d, expected at most %d".formatted(field, said, Math.max(0, there)));
  }
}
