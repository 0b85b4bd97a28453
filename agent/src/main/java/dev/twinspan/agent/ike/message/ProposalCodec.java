package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * The SA payload: proposals one behind the other, each holding transforms. RFC 7296 section 3.3.1.
 *
 * <pre>
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Last Substruc |   RESERVED    |         Proposal Length       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Proposal Num  |  Protocol ID  |    SPI Size   |Num  Transforms|
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                        SPI (variable)                         ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                        Transforms                             ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
final class ProposalCodec {
  private static final int HEADER = 8;
  private static final int LAST = 0;
  private static final int MORE = 2;

  private ProposalCodec() {}

  /** Reads all proposals of one SA payload: at least one. */
  static List<Proposal> decode(WireReader in) throws Malformed {
    List<Proposal> proposals = new ArrayList<>();
    int last = MORE;
    while (last == MORE) {
      Malformed.limit("proposals", proposals.size() + 1, Limits.PROPOSALS);
      String what = "proposal " + (proposals.size() + 1);
      last = in.u8();
      in.skip(1);
      int length = in.u16();
      if (last != LAST && last != MORE) {
        throw Malformed.syntax("last substructure of " + what, last, "0 or 2");
      }
      if (length < HEADER) {
        throw Malformed.syntax("length of " + what, length, "at least " + HEADER);
      }
      proposals.add(proposal(in.sub(length - 4, what)));
    }
    if (in.hasRemaining()) {
      throw Malformed.syntax("bytes behind the last proposal", in.remaining(), "none");
    }
    checkNumbers(proposals);
    return List.copyOf(proposals);
  }

  private static Proposal proposal(WireReader in) throws Malformed {
    int number = in.u8();
    int protocol = in.u8();
    int spiSize = in.u8();
    int count = in.u8();
    checkSpiSize(in.what(), protocol, spiSize);
    Malformed.limit("transforms in " + in.what(), count, Limits.TRANSFORMS);
    byte[] spi = in.bytes(spiSize);
    return new Proposal(number, protocol, spi, TransformCodec.decode(in, count));
  }

  /** Protocols this implementation does not know are not chosen, but not refused either. */
  private static void checkSpiSize(String what, int protocol, int spiSize) throws Malformed {
    boolean fits =
        switch (protocol) {
          case Proposal.PROTOCOL_IKE -> spiSize == 0 || spiSize == 8;
          case Proposal.PROTOCOL_AH, Proposal.PROTOCOL_ESP -> spiSize == 4;
          default -> true;
        };
    if (!fits) {
      throw Malformed.syntax(
          "SPI size of " + what,
          spiSize,
          protocol == Proposal.PROTOCOL_IKE ? "0 or 8 for IKE" : "4 for ESP and AH");
    }
  }

  /**
   * An offer counts from 1 without gaps; an answer is a single proposal with the number of the
   * chosen one (section 3.3.1). So numbers name proposals without doubt.
   */
  private static void checkNumbers(List<Proposal> proposals) throws Malformed {
    for (int i = 0; i < proposals.size(); i++) {
      int number = proposals.get(i).number();
      if (proposals.size() == 1 ? number == 0 : number != i + 1) {
        throw Malformed.syntax("number of proposal " + (i + 1), number, "1, 2, 3 …");
      }
    }
  }

  static void encode(WireWriter out, List<Proposal> proposals) {
    if (proposals.isEmpty()) {
      throw new IllegalArgumentException("an SA payload holds at least one proposal");
    }
    for (int i = 0; i < proposals.size(); i++) {
      Proposal proposal = proposals.get(i);
      int start = out.length();
      out.u8(i + 1 < proposals.size() ? MORE : LAST).u8(0).u16(0);
      out.u8(proposal.number()).u8(proposal.protocol()).u8(proposal.spi().length);
      out.u8(proposal.transforms().size()).bytes(proposal.spi());
      TransformCodec.encode(out, proposal.transforms());
      out.patchU16(start + 2, out.length() - start);
    }
  }
}
