package dev.twinspan.agent.rehearse.netns;

import dev.twinspan.agent.rehearse.netns.RelayQueue.Impairment;
import dev.twinspan.ffi.linux.Tun;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * The process of a {@link Relay} ({@code twinspan rehearse relay}, hidden): reads packets from its
 * TUN device, and writes each back when its time has come. Orders come as lines {@code ADDRESS
 * DELAY JITTER DUPLICATE REORDER}; ends with them.
 *
 * <p>Threads: one reads orders, one moves packets; they share the table of impairments.
 */
public final class RelayHost {
  private static final int MTU = 1500;
  private static final int BUFFER = 65_536 + Tun.VNET_HEADER_LENGTH;

  /**
   * Half of the timer slack that Linux gives a thread, so that a delay is kept to a tenth of a ms.
   */
  private static final long PAUSE_NANOS = 100_000;

  private static final int IPV4_SOURCE = 12;
  private static final int IPV4_DESTINATION = 16;

  private final Map<Integer, Impairment> impairments = new ConcurrentHashMap<>();
  private final RelayQueue queue = new RelayQueue(new Random());
  private volatile boolean ended;

  public void run(BufferedReader orders) throws IOException {
    Tun.Device device = Tun.open(new Tun.Options(Relay.DEVICE, 1, MTU, false));
    try (Tun tun = device.queues().getFirst();
        Arena arena = Arena.ofConfined()) {
      Thread reader = Thread.ofPlatform().name("relay-orders").daemon().start(() -> read(orders));
      move(tun, arena);
      reader.interrupt();
    }
  }

  private void read(BufferedReader orders) {
    try {
      for (String line = orders.readLine(); line != null; line = orders.readLine()) {
        String[] fields = line.split(" ");
        int address = addressIn(InetAddress.ofLiteral(fields[0]).getAddress(), 0);
        impairments.put(address, Impairment.parse(fields, 1));
      }
    } catch (IOException e) {
      System.err.println("relay: " + e);
    }
    ended = true;
  }

  private void move(Tun tun, Arena arena) {
    MemorySegment buffer = arena.allocate(BUFFER);
    MemorySegment iovec = arena.allocate(ValueLayout.JAVA_LONG, 2);
    iovec.setAtIndex(ValueLayout.JAVA_LONG, 0, buffer.address());
    while (!ended) {
      boolean idle = true;
      for (int length = tun.read(buffer, 0, BUFFER);
          length > Tun.VNET_HEADER_LENGTH;
          length = tun.read(buffer, 0, BUFFER)) {
        byte[] packet = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        queue.add(packet, impairmentOf(packet), System.nanoTime());
        idle = false;
      }
      for (byte[] packet = queue.poll(System.nanoTime());
          packet != null;
          packet = queue.poll(System.nanoTime())) {
        MemorySegment.copy(packet, 0, buffer, ValueLayout.JAVA_BYTE, 0, packet.length);
        iovec.setAtIndex(ValueLayout.JAVA_LONG, 1, packet.length);
        tun.write(iovec, 1);
        idle = false;
      }
      if (idle) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private Impairment impairmentOf(byte[] packet) {
    if (packet.length < Tun.VNET_HEADER_LENGTH + IPV4_DESTINATION + 4) {
      return Impairment.NONE;
    }
    Impairment to = impairments.get(addressIn(packet, Tun.VNET_HEADER_LENGTH + IPV4_DESTINATION));
    return to != null
        ? to
        : impairments.getOrDefault(
            addressIn(packet, Tun.VNET_HEADER_LENGTH + IPV4_SOURCE), Impairment.NONE);
  }

  private static int addressIn(byte[] bytes, int offset) {
    return java.nio.ByteBuffer.wrap(bytes).getInt(offset);
  }
}
