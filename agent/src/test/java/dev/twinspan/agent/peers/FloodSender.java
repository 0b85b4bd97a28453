package dev.twinspan.agent.peers;

import dev.twinspan.agent.ike.IkeAction;
import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.agent.sim.FastCrypto;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.agent.sim.World;
import dev.twinspan.ffi.linux.RawSocket;
import dev.twinspan.ffi.linux.UdpSocket.Message;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A program: sends IKE_SA_INIT requests, each from another address and with another SPI, to one
 * address. They are whole and well-formed, so that nothing but a decision stops them. IPv4 headers
 * are its own (raw(7), IPPROTO_RAW).
 *
 * <pre>FloodSender TARGET SECONDS PER_SECOND</pre>
 */
final class FloodSender {
  private static final int IPPROTO_RAW = 255;
  private static final int IP_HEADER = 20;
  private static final int UDP_HEADER = 8;
  private static final int UDP = 17;
  private static final int IKE_PORT = 500;
  private static final long TICK = 1_000_000;
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private FloodSender() {}

  /** The first message of an engine that is told to call there. */
  private static byte[] saInit(InetAddress target) {
    List<IkeAction> actions =
        new IkeEngine(new FastCrypto(1))
            .configure(1, List.of(Peers.of("target", World.address("192.0.2.1"), target).build()));
    return actions.stream()
        .filter(IkeAction.Send.class::isInstance)
        .map(action -> ((IkeAction.Send) action).message())
        .findFirst()
        .orElseThrow();
  }

  public static void main(String... arguments) {
    InetAddress target = World.address(arguments[0]);
    long seconds = Long.parseLong(arguments[1]);
    long perSecond = Long.parseLong(arguments[2]);
    byte[] message = saInit(target);
    int length = IP_HEADER + UDP_HEADER + message.length;
    MemorySegment packet = Arena.global().allocate(length);
    packet.set(ValueLayout.JAVA_BYTE, 0, (byte) 0x45);
    packet.set(ValueLayout.JAVA_BYTE, 8, (byte) 64);
    packet.set(ValueLayout.JAVA_BYTE, 9, (byte) UDP);
    MemorySegment.copy(
        target.getAddress(), 0, packet, ValueLayout.JAVA_BYTE, 16, target.getAddress().length);
    packet.set(U16, IP_HEADER, (short) IKE_PORT);
    packet.set(U16, IP_HEADER + 2, (short) IKE_PORT);
    packet.set(U16, IP_HEADER + 4, (short) (UDP_HEADER + message.length));
    MemorySegment.copy(
        message, 0, packet, ValueLayout.JAVA_BYTE, IP_HEADER + UDP_HEADER, message.length);

    SplittableRandom random = new SplittableRandom(7);
    Message to = new Message();
    to.peer(new InetSocketAddress(target, 0));
    try (RawSocket socket =
        RawSocket.open(
            new RawSocket.Options(new InetSocketAddress("0.0.0.0", 0), IPPROTO_RAW, 0, 4 << 20))) {
      long start = System.nanoTime();
      long end = start + seconds * 1_000_000_000L;
      long sent = 0;
      long refused = 0;
      long now = start;
      while (now < end) {
        long due = (now - start) / TICK * perSecond / 1_000;
        for (; sent + refused < due; ) {
          packet.set(U32, 12, 0x0b000000 | random.nextInt(1, 1 << 24)); // 11.0.0.0/8
          packet.set(U32, IP_HEADER + UDP_HEADER, random.nextInt());
          packet.set(U32, IP_HEADER + UDP_HEADER + 4, random.nextInt() | 1);
          int n = socket.send(packet, 0, length, to);
          if (n >= 0) {
            sent++;
          } else {
            refused++;
          }
        }
        Thread.onSpinWait();
        now = System.nanoTime();
      }
      System.out.printf(
          "%d sent in %.1f s, %d refused by the kernel%n", sent, (now - start) / 1e9, refused);
    }
  }
}
