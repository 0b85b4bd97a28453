package dev.twinspan.agent.bgp;

import static dev.twinspan.agent.bgp.Speakers.announce;
import static dev.twinspan.agent.bgp.Speakers.peer;
import static dev.twinspan.agent.bgp.Speakers.prefixes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.bgp.BgpPeer.Dial;
import dev.twinspan.agent.bgp.BgpPeer.LimitAction;
import dev.twinspan.agent.bgp.message.AsPath;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.ike.crypto.Hex;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What RFC 7606's treatments do to a session and its routes. A peer has announced 10.0.0.0/24 and
 * 10.0.1.0/24; then it announces the first again, and something is wrong with that.
 */
class MalformedUpdateTest {
  private static final String BASE = "400101 00 400206 0201 0000ffeb 400304 0a0aff04";
  private static final String FIRST = "18 0a0000";

  private final Speakers speakers = new Speakers();
  private long connection;

  @BeforeEach
  void establish() {
    speakers.configure(
        prefixes(1),
        peer(0, Dial.PASSIVE, LimitAction.WARN),
        peer(1, Dial.PASSIVE, LimitAction.WARN));
    connection = speakers.establish(0);
    speakers.say(connection, announce(0, AsPath.of(65515, 1), prefixes(2)));
    speakers.say(speakers.establish(1), announce(1, AsPath.of(65515, 1), prefixes(2)));
    speakers.actions.clear();
  }

  private void update(String attributes, String nlri) {
    byte[] list = Hex.bytes(attributes);
    byte[] prefixes = Hex.bytes(nlri);
    int length = 19 + 2 + 2 + list.length + prefixes.length;
    ByteBuffer message = ByteBuffer.allocate(length);
    for (int i = 0; i < 16; i++) {
      message.put((byte) 0xff);
    }
    message.putShort((short) length).put((byte) 2).putShort((short) 0);
    message.putShort((short) list.length).put(list).put(prefixes);
    speakers.did(speakers.engine.received(speakers.now, connection, message.array()));
  }

  private String carriers(Nlri prefix) {
    Route route = speakers.routes().routes().get(prefix);
    return route == null ? "" : String.join(" ", route.peers());
  }

  @ParameterizedTest
  @CsvSource({
    "3 (d), 400206 0201 0000ffeb 400304 0a0aff04",
    "3 (e) and 7.1, 400101 03 400206 0201 0000ffeb 400304 0a0aff04",
    "3 (c), 400101 00 400206 0201 0000ffeb 400304 0a0aff04 c00404 00000001",
    "7.2, 400101 00 400206 0501 0000ffeb 400304 0a0aff04",
    "7.8, 400101 00 400206 0201 0000ffeb 400304 0a0aff04 c00805 fde8000100",
    "4, 400101 00 400206 0201 0000ffeb 400304 0a0aff04 8004ff 00",
    "3 (h), 400101 00 400206 0201 0000ffeb 400304 0a0aff04 400601 00 800403 000000"
  })
  void shouldWithdrawWhatWasAnnouncedWronglyAndKeepTheSession(String section, String attributes) {
    update(attributes, FIRST);
    assertThat(speakers.view(0).state()).as(section).isEqualTo(BgpState.ESTABLISHED);
    assertThat(speakers.view(0).received()).as(section).isEqualTo(1);
    assertThat(carriers(prefixes(1).getFirst())).as(section).isEqualTo("in1");
    assertThat(speakers.codes()).as(section).isNotEmpty().containsOnly("malformed-attribute");
  }

  @ParameterizedTest
  @CsvSource({
    "3 (f) and 7.6, 400601 00",
    "3 (g), 400101 02",
    "7.5, 400504 00000064",
    "7.7, c00706 ffeb0a000001",
    "7.9, 800904 0a000001",
    "7.10, 800a04 0a000001"
  })
  void shouldOnlyIgnoreAnAttributeThatMeansLittle(String section, String attribute) {
    update(BASE + attribute, FIRST + "18 0a0002");
    assertThat(speakers.view(0).state()).as(section).isEqualTo(BgpState.ESTABLISHED);
    assertThat(speakers.view(0).received()).as(section).isEqualTo(3);
    assertThat(carriers(prefixes(3).getLast())).as(section).isEqualTo("in0");
    assertThat(speakers.codes()).as(section).isNotEmpty().containsOnly("malformed-attribute");
  }

  @ParameterizedTest
  @CsvSource({
    "3 (g), 400101 00 400206 0201 0000ffeb 400304 0a0aff04 800f03 000201 800f03 000201, 18 0a0000",
    "3 (j), 400101 00 400206 0201 0000ffeb 400304 0a0aff04, 21 0a00000000",
    "5.2, 400101 07, ''"
  })
  void shouldResetOnlyTheSessionWhosePrefixesCannotBeTold(
      String section, String attributes, String nlri) {
    update(attributes, nlri);
    assertThat(speakers.view(0).state()).as(section).isEqualTo(BgpState.IDLE);
    assertThat(speakers.closed(connection)).as(section).isTrue();
    assertThat(speakers.view(1).state()).as(section).isEqualTo(BgpState.ESTABLISHED);
    assertThat(carriers(prefixes(1).getFirst())).as(section).isEqualTo("in1");
  }
}
