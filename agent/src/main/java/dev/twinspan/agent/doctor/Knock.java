package dev.twinspan.agent.doctor;

import dev.twinspan.agent.doctor.Reach.Answer;
import dev.twinspan.agent.ike.message.DecodeResult;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeHeader;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.ike.message.Proposal.Transform;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * An IKE_SA_INIT request from a port of its own, to see whether it is answered: any responder says
 * something to it (a response, NO_PROPOSAL_CHOSEN, INVALID_KE_PAYLOAD, COOKIE), and forgets it when
 * no IKE_AUTH follows. Blocks; any thread.
 *
 * @param local address to ask from; null: as the kernel routes
 */
record Knock(@Nullable InetAddress local, InetAddress remote) {
  static final int IKE = 500;
  static final int NAT_TRAVERSAL = 4500;

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int TRIES = 3;
  private static final Duration WAIT = Duration.ofMillis(700);
  private static final int LARGEST_ANSWER = 65_535;
  private static final int UDP_HEADER = 8;
  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;

  /** RFC 3948 section 2.2: four zero bytes tell IKE from ESP on port 4500. */
  private static final int NON_ESP_MARKER = 4;

  private static final int PAYLOAD_HEADER = 4;
  private static final int MODP2048 = 14;
  private static final int MODP2048_BYTES = 256;
  private static final int NONCE_BYTES = 32;

  /**
   * @param port {@link #IKE} or {@link #NAT_TRAVERSAL}
   * @param size of the whole IP packet, bytes, not to be fragmented; 0: as small as can be
   */
  Answer at(int port, int size) {
    long spi = RANDOM.nextLong() | 1;
    byte[] datagram = datagram(spi, port, size);
    try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(local, 0))) {
      socket.setOption(ExtendedSocketOptions.IP_DONTFRAGMENT, true);
      socket.connect(remote, port);
      for (int attempt = 0; attempt < TRIES; attempt++) {
        socket.send(new DatagramPacket(datagram, datagram.length));
        if (isAnswered(socket, spi, port)) {
          return Answer.ANSWERED;
        }
      }
      return Answer.SILENT;
    } catch (IOException _) {
      // No route, nobody at that port, or too large for the first link.
      return Answer.REFUSED;
    }
  }

  /** Waits for the response; whatever else comes is not for us. */
  private static boolean isAnswered(DatagramSocket socket, long spi, int port) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[LARGEST_ANSWER], LARGEST_ANSWER);
    long end = System.nanoTime() + WAIT.toNanos();
    for (long left = WAIT.toMillis();
        left > 0;
        left = Duration.ofNanos(end - System.nanoTime()).toMillis()) {
      socket.setSoTimeout((int) left);
      try {
        socket.receive(packet);
      } catch (SocketTimeoutException _) {
        return false;
      }
      int marker = port == NAT_TRAVERSAL ? NON_ESP_MARKER : 0;
      byte[] message =
          Arrays.copyOfRange(
              packet.getData(), Math.min(marker, packet.getLength()), packet.getLength());
      if (IkeCodec.header(message) instanceof DecodeResult.Decoded<IkeHeader>(IkeHeader header)
          && header.response()
          && header.initiatorSpi() == spi) {
        return true;
      }
    }
    return false;
  }

  private byte[] datagram(long spi, int port, int size) {
    int marker = port == NAT_TRAVERSAL ? NON_ESP_MARKER : 0;
    int headers =
        (remote instanceof Inet6Address ? IPV6_HEADER : IPV4_HEADER) + UDP_HEADER + marker;
    byte[] plain = message(spi, -1);
    int padding = size - headers - plain.length - PAYLOAD_HEADER;
    byte[] message = padding < 0 ? plain : message(spi, padding);
    byte[] datagram = new byte[marker + message.length];
    System.arraycopy(message, 0, datagram, marker, message.length);
    return datagram;
  }

  /**
   * @param padding bytes in a Vendor ID payload; -1: none
   */
  private static byte[] message(long spi, int padding) {
    // AES-256-CBC, PRF and HMAC with SHA-256, MODP2048: what everybody knows.
    List<Transform> transforms =
        List.of(
            new Transform(Transform.ENCR, 12, 256),
            new Transform(Transform.PRF, 5, 0),
            new Transform(Transform.INTEG, 12, 0),
            new Transform(Transform.DH, MODP2048, 0));
    List<Payload> payloads = new ArrayList<>();
    payloads.add(
        new Payload.SecurityAssociation(
            List.of(new Proposal(1, Proposal.PROTOCOL_IKE, new byte[0], transforms))));
    payloads.add(new Payload.KeyExchange(MODP2048, random(MODP2048_BYTES)));
    payloads.add(new Payload.Nonce(random(NONCE_BYTES)));
    if (padding >= 0) {
      payloads.add(new Payload.VendorId(new byte[padding]));
    }
    return IkeCodec.encode(
        new IkeMessage(new IkeHeader(spi, 0, ExchangeType.IKE_SA_INIT, false, true, 0), payloads));
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return bytes;
  }
}
