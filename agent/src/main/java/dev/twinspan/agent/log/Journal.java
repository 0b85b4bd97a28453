package dev.twinspan.agent.log;

import dev.twinspan.ffi.linux.JournalSocket;
import dev.twinspan.ffi.linux.KernelException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.event.Level;

/**
 * Records for journald by its native protocol, with fields that journalctl selects by. A pair
 * {@code event_id} of a log call is the field {@code TWINSPAN_EVENT_ID}. Any thread.
 *
 * <pre>
 *   NAME=value\n                                     where the value is one line
 *   NAME\n  length, u64 little endian  value  \n     where it is not
 * </pre>
 *
 * Source: <a href="https://systemd.io/JOURNAL_NATIVE_PROTOCOL/">Native Journal Protocol</a>.
 */
final class Journal {
  /** Of lines that tell an event, for {@code journalctl MESSAGE_ID=…}. */
  static final String EVENT = "5d0b2c9f6a3e4f179d1c7be2a8f04c61";

  /** Log calls that tell an event have a pair of this name. */
  static final String EVENT_ID = "event_id";

  /** Well below the least that a datagram may be; what is beyond is cut off. */
  static final int MOST_BYTES = 48 << 10;

  private static final int MOST_VALUE = 1 << 10;

  private final JournalSocket socket;

  Journal(JournalSocket socket) {
    this.socket = socket;
  }

  /**
   * Where standard error is what systemd has connected to the journal, and the journal listens.
   *
   * @param stream JOURNAL_STREAM, {@code device:inode}, of systemd.exec(5); empty: it is not set
   */
  static Optional<Journal> behind(String stream, String socket) {
    try {
      Path error = Path.of("/proc/self/fd/2");
      String is =
          "%s:%s"
              .formatted(
                  Files.getAttribute(error, "unix:dev"), Files.getAttribute(error, "unix:ino"));
      return is.equals(stream) && Files.exists(Path.of(socket))
          ? Optional.of(new Journal(JournalSocket.to(socket)))
          : Optional.empty();
    } catch (IOException | KernelException _) {
      return Optional.empty(); // then lines go to standard error, as everywhere else
    }
  }

  /**
   * @return whether the journal took it
   */
  boolean write(Level level, String logger, String text, Map<String, String> fields) {
    return socket.send(record(level, logger, text, fields));
  }

  static byte[] record(Level level, String logger, String text, Map<String, String> fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    field(out, "PRIORITY", Integer.toString(LogFormat.priority(level)), MOST_VALUE);
    field(out, "SYSLOG_IDENTIFIER", "twinspan", MOST_VALUE);
    field(out, "TWINSPAN_LOGGER", logger, MOST_VALUE);
    if (fields.containsKey(EVENT_ID)) {
      field(out, "MESSAGE_ID", EVENT, MOST_VALUE);
    }
    fields.forEach(
        (name, value) ->
            field(out, "TWINSPAN_" + name.toUpperCase(Locale.ROOT), value, MOST_VALUE));
    field(out, "MESSAGE", LogFormat.printable(text), MOST_BYTES - out.size());
    return out.toByteArray();
  }

  private static void field(ByteArrayOutputStream out, String name, String value, int most) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, most);
    out.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    if (value.indexOf('\n') < 0) {
      out.write('=');
    } else {
      out.write('\n');
      out.writeBytes(
          ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array());
    }
    out.write(bytes, 0, length);
    out.write('\n');
  }
}
