package dev.twinspan.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.doctor.Reach.Answer;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class KnockTest {
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();
  private static final int FLAGS = 19;
  private static final byte RESPONSE = 0x20;
  private static final int IP_AND_UDP = 28;

  private final List<byte[]> came = new CopyOnWriteArrayList<>();

  @Test
  void shouldHearAnAnswer() throws IOException {
    assertThat(knock(0, KnockTest::response)).isEqualTo(Answer.ANSWERED);
    assertThat(came).hasSize(1);
  }

  @Test
  void shouldAskAsLargeAsItIsTold() throws IOException {
    assertThat(knock(1_400, KnockTest::response)).isEqualTo(Answer.ANSWERED);
    assertThat(came.getFirst()).hasSize(1_400 - IP_AND_UDP);
  }

  @Test
  void shouldAskThreeTimes() throws IOException {
    assertThat(knock(0, request -> new byte[0][])).isEqualTo(Answer.SILENT);
    assertThat(came).hasSize(3);
  }

  @Test
  void shouldPassOverWhatIsNoAnswerToIt() throws IOException {
    assertThat(
            knock(
                0,
                request -> {
                  byte[] another = response(request)[0];
                  another[0]++;
                  return new byte[][] {new byte[0], {1, 2, 3}, request, another};
                }))
        .isEqualTo(Answer.SILENT);
  }

  @Test
  void shouldSeeThatNobodyListens() throws IOException {
    int port;
    try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(HERE, 0))) {
      port = socket.getLocalPort();
    }
    assertThat(new Knock(HERE, HERE).at(port, 0)).isEqualTo(Answer.REFUSED);
  }

  /** The same IKE header, with the R flag. */
  private static byte[][] response(byte[] request) {
    byte[] response = request.clone();
    response[FLAGS] = RESPONSE;
    return new byte[][] {response};
  }

  private Answer knock(int size, Function<byte[], byte[][]> answers) throws IOException {
    try (DatagramSocket peer = new DatagramSocket(new InetSocketAddress(HERE, 0))) {
      Thread.ofVirtual().start(() -> answer(peer, answers));
      return new Knock(HERE, HERE).at(peer.getLocalPort(), size);
    }
  }

  private void answer(DatagramSocket peer, Function<byte[], byte[][]> answers) {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[2_000], 2_000);
        peer.receive(packet);
        byte[] request = java.util.Arrays.copyOf(packet.getData(), packet.getLength());
        came.add(request);
        for (byte[] each : answers.apply(request)) {
          peer.send(new DatagramPacket(each, each.length, packet.getSocketAddress()));
        }
      }
    } catch (IOException _) {
      // Closed: the test is over.
    }
  }
}
