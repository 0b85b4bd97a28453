package dev.twinspan.datapath.packet;

import static dev.twinspan.datapath.packet.Packets.offHeap;
import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class ChecksumTest {
  @Property
  void shouldSumLikeThePlainWay(@ForAll @Size(max = 200) byte[] bytes) {
    int expected = Packets.sum(bytes, 0, bytes.length, 0);
    assertThat(Checksum.fold(Checksum.sum(offHeap(bytes), 0, bytes.length, 0))).isEqualTo(expected);
  }

  @Property
  void shouldUpdateAsIfSummedAnew(
      @ForAll @Size(20) byte[] header,
      @ForAll @IntRange(max = 9) int word,
      @ForAll @IntRange(max = 0xFFFF) int value) {
    header[0] = 0x45; // a header of all zeroes does not occur, and is the one ambiguous case
    Packets.fixIpv4Checksum(header);
    int at = word == 5 ? 0 : word * 2;
    var s = offHeap(header);
    int next = at == 0 ? 0x4500 | value & 0xFF : value;
    Wire.u16(s, 10, Checksum.update(Wire.u16(s, 10), Wire.u16(s, at), next));
    Wire.u16(s, at, next);
    assertThat(Packets.ipv4ChecksumIsRight(Packets.onHeap(s, 0, 20))).isTrue();
  }
}
