package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.KernelPair.End;
import dev.twinspan.datapath.packet.Packets;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One TCP connection of the kernel's own through the tunnel, each byte checked. */
final class TcpTransfer {
  private TcpTransfer() {}

  static void run(End from, End to, boolean v6, int bytes) throws Exception {
    InetAddress target = v6 ? to.inner6 : to.inner4;
    ServerSocket server = to.namespace.call(() -> new ServerSocket(0, 1, target));
    CompletableFuture<String> received = new CompletableFuture<>();
    Thread.ofPlatform().start(() -> receive(server, received));
    Socket socket = from.namespace.call(() -> new Socket(target, server.getLocalPort()));
    MessageDigest digest = sha256();
    byte[] block = Packets.bytes(1 << 16, bytes);
    try (socket) {
      OutputStream out = socket.getOutputStream();
      for (int sent = 0; sent < bytes; sent += block.length) {
        out.write(block);
        digest.update(block);
        block[0]++;
      }
    }
    assertThat(received.get(30, TimeUnit.SECONDS)).isEqualTo(hex(digest));
  }

  private static void receive(ServerSocket server, CompletableFuture<String> received) {
    MessageDigest digest = sha256();
    byte[] block = new byte[1 << 16];
    try (server;
        Socket socket = server.accept();
        InputStream in = socket.getInputStream()) {
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        digest.update(block, 0, n);
      }
      received.complete(hex(digest));
    } catch (IOException e) {
      received.completeExceptionally(e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }
}
