package dev.twinspan.agent.fleet;

import dev.twinspan.agent.crypto.FipsTls;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.bouncycastle.crypto.fips.FipsUnapprovedOperationError;
import org.eclipse.paho.mqttv5.client.internal.NetworkModule;
import org.jspecify.annotations.Nullable;

/**
 * The TLS 1.3 connection under one client of Paho, which takes it for a socket factory in its
 * options and gets it back as its network module ({@link PahoWires}).
 *
 * <p>It is there for a fault of Paho's: it starts its threads one after the other before it sends
 * CONNECT, and waits for each to be seen running. One that has ended by then, because the
 * connection broke in between, is waited for for ever, by a thread that nothing can stop. So
 * nothing is told of the connection before CONNECT has been written, when all of them run: a broker
 * has nothing to say before that, and what is broken breaks the writing too.
 */
final class PahoWire extends SocketFactory implements NetworkModule {
  private static final String UNASKED = "Paho asks for none of these";
  private static final String[] PROTOCOLS = {"TLSv1.3"};

  /** The broker's way, where it is not to be the kernel's choice. */
  interface Way {
    void open(InetAddress broker) throws IOException;
  }

  private final SSLContext tls;
  private final String host;
  private final int port;
  private final int limitMillis;
  private final @Nullable InetAddress local;
  private final Way way;
  private final Socket plain = new Socket();
  private final CountDownLatch connectWritten = new CountDownLatch(1);
  private volatile @Nullable SSLSocket secured;

  /**
   * @param limit for the connection, and again for the handshake
   */
  PahoWire(SSLContext tls, String host, int port, Duration limit) {
    this(tls, host, port, limit, null, _ -> {});
  }

  /**
   * @param local spoken from; null: the kernel chooses
   * @param way to be there before anything is sent
   */
  PahoWire(
      SSLContext tls, String host, int port, Duration limit, @Nullable InetAddress local, Way way) {
    this.tls = tls;
    this.local = local;
    this.way = way;
    this.host = host;
    this.port = port;
    this.limitMillis = Math.toIntExact(limit.toMillis());
  }

  @Override
  public void start() throws IOException {
    FipsTls.enter(tls);
    InetSocketAddress broker = new InetSocketAddress(host, port);
    bind();
    if (broker.getAddress() != null) {
      way.open(broker.getAddress());
    }
    plain.connect(broker, limitMillis);
    plain.setTcpNoDelay(true);
    SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(plain, host, port, true);
    socket.setEnabledProtocols(PROTOCOLS);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(limitMillis);
    try {
      socket.startHandshake();
    } catch (FipsUnapprovedOperationError e) {
      // An Error, which would end Paho's thread without a word.
      throw new IOException(
          "fips: true does not take a key of the box's or of the broker's: " + e.getMessage(), e);
    }
    socket.setSoTimeout(0);
    secured = socket;
  }

  private void bind() throws IOException {
    if (local == null) {
      return;
    }
    try {
      plain.bind(new InetSocketAddress(local, 0));
    } catch (IOException e) {
      throw new IOException(
          "fleet.local-address %s cannot be spoken from (%s): set an address that this box has"
              .formatted(local.getHostAddress(), e.getMessage()));
    }
  }

  /** Whatever is done with it fails from now on; any thread. */
  void abort() {
    try {
      plain.close();
    } catch (IOException _) {
      // It is closed all the same.
    }
  }

  @Override
  public void stop() throws IOException {
    connectWritten.countDown();
    SSLSocket socket = secured;
    if (socket != null && !plain.isClosed()) {
      FipsTls.enter(tls);
      socket.close();
    }
    plain.close();
  }

  @Override
  public InputStream getInputStream() throws IOException {
    InputStream bounded = new PacketLimit(socket().getInputStream(), PahoClient.MOST_PACKET);
    return new FilterInputStream(bounded) {
      @Override
      public int read() throws IOException {
        awaitConnect();
        FipsTls.enter(tls);
        return super.read();
      }

      @Override
      public int read(byte[] into, int from, int length) throws IOException {
        awaitConnect();
        FipsTls.enter(tls);
        return super.read(into, from, length);
      }
    };
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return new FilterOutputStream(socket().getOutputStream()) {
      @Override
      public void write(int octet) throws IOException {
        write(new byte[] {(byte) octet}, 0, 1);
      }

      @Override
      public void write(byte[] octets, int from, int length) throws IOException {
        try {
          FipsTls.enter(tls);
          out.write(octets, from, length);
        } finally {
          connectWritten.countDown();
        }
      }
    };
  }

  private void awaitConnect() throws IOException {
    try {
      connectWritten.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }

  private SSLSocket socket() throws IOException {
    SSLSocket socket = secured;
    if (socket == null) {
      throw new IOException("not connected");
    }
    return socket;
  }

  @Override
  public String getServerURI() {
    return PahoWires.ANY;
  }

  // Paho asks for none of these.

  @Override
  public Socket createSocket(String to, int at) {
    throw new UnsupportedOperationException(UNASKED);
  }

  @Override
  public Socket createSocket(String to, int at, InetAddress local, int localPort) {
    throw new UnsupportedOperationException(UNASKED);
  }

  @Override
  public Socket createSocket(InetAddress to, int at) {
    throw new UnsupportedOperationException(UNASKED);
  }

  @Override
  public Socket createSocket(InetAddress to, int at, InetAddress local, int localPort) {
    throw new UnsupportedOperationException(UNASKED);
  }
}
