package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.ike.crypto.FipsIkeCrypto;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.rehearse.peer.ImpairedPeer;
import dev.twinspan.agent.rehearse.peer.Misdeed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code twinspan rehearse impaired}: the bench's peer that misbehaves on command. */
@Command(
    name = "impaired",
    hidden = true,
    description = "Misbehaves towards a peer, once; the pre-shared key comes on standard input.")
final class ImpairedCommand implements Callable<Integer> {
  private static final int IKE_PORT = 500;

  @Parameters(index = "0", paramLabel = "TARGET")
  private String target = "";

  @Parameters(index = "1", paramLabel = "OWN-ADDRESS", description = "Also its identity.")
  private String own = "";

  @Parameters(index = "2", paramLabel = "MISDEED")
  private String misdeed = "";

  @Override
  public Integer call() throws IOException {
    Misdeed chosen = Misdeed.of(misdeed);
    String secret = TrafficCommand.standardInput().readLine();
    InetAddress address = InetAddress.getByName(own);
    try (Udp udp = new Udp(address, InetAddress.getByName(target));
        FipsIkeCrypto crypto = new FipsIkeCrypto(new SecureRandom())) {
      byte[] key = secret == null ? new byte[0] : secret.getBytes(StandardCharsets.US_ASCII);
      new ImpairedPeer(udp, crypto, IkeId.of(address), key).commit(chosen);
      System.out.printf(
          "%s towards %s: %d messages sent, %d answers taken%n",
          chosen.verb(), target, udp.sent, udp.taken);
    }
    return 0;
  }

  /** From a port of its own, since the instance's agent has 500 and 4500. */
  private static final class Udp implements ImpairedPeer.Wire, AutoCloseable {
    private static final int WAIT_MILLIS = 300;
    private static final int LARGEST = 65_535;

    private final DatagramSocket socket;
    private long sent;
    private long taken;

    Udp(InetAddress own, InetAddress target) throws IOException {
      socket = new DatagramSocket(new InetSocketAddress(own, 0));
      socket.connect(target, IKE_PORT);
      socket.setSoTimeout(WAIT_MILLIS);
    }

    @Override
    public void send(byte[] datagram) {
      try {
        socket.send(new DatagramPacket(datagram, datagram.length));
        sent++;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public byte @Nullable [] receive() {
      DatagramPacket packet = new DatagramPacket(new byte[LARGEST], LARGEST);
      try {
        socket.receive(packet);
        taken++;
        return Arrays.copyOf(packet.getData(), packet.getLength());
      } catch (SocketTimeoutException _) {
        return null;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      socket.close();
    }
  }
}
