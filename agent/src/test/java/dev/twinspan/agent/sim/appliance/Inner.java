package dev.twinspan.agent.sim.appliance;

import java.nio.ByteBuffer;

/**
 * What is inside ESP.
 *
 * <pre>
 *   kind (1) │ flow: flow (1), number (4)
 *            │ TCP:  flags (1), connection (8), number (4), data
 *            │ probe and its answer: tunnel (1), number (4)
 * </pre>
 */
final class Inner {
  static final byte FORTH = 1;
  static final byte BACK = 2;
  static final byte TCP = 3;
  static final byte PROBE = 4;
  static final byte ANSWER = 5;

  private Inner() {}

  static byte[] flow(byte kind, int flow, int number) {
    return ByteBuffer.allocate(6).put(kind).put((byte) flow).putInt(number).array();
  }

  static byte[] probe(int tunnel, int number) {
    return flow(PROBE, tunnel, number);
  }

  static byte[] answer(byte[] probe) {
    byte[] answer = probe.clone();
    answer[0] = ANSWER;
    return answer;
  }

  static int flowOf(byte[] inner) {
    return inner[1];
  }

  static int numberOf(byte[] inner) {
    return ByteBuffer.wrap(inner).getInt(2);
  }
}
