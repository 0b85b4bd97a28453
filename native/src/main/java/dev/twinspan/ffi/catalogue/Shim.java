package dev.twinspan.ffi.catalogue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Loads {@code libtwinspan_esp.so}, once per process: from the directory that {@value
 * #DIRECTORY_PROPERTY} names, else from the class path through a memfd, which needs no writable
 * directory and leaves nothing behind, else through a temporary file where a memfd may not be
 * executed.
 */
public final class Shim {
  static final String DIRECTORY_PROPERTY = "twinspan.native.dir";

  private static final String FILE = "libtwinspan_esp.so";

  /** TS_ABI in twinspan_esp.h. */
  private static final int ABI = 4;

  private static final int MFD_CLOEXEC = 1;

  private static final @Nullable String FAILURE = load();

  private Shim() {}

  /** Why the shim is not there, in words; null when it is. */
  public static @Nullable String failure() {
    return FAILURE;
  }

  private static @Nullable String load() {
    String directory = System.getProperty(DIRECTORY_PROPERTY);
    try {
      if (directory != null) {
        open(Path.of(directory, FILE));
      } else {
        openResource("/dev/twinspan/native/linux-" + architecture() + "/" + FILE);
      }
      int abi = (int) Downcall.TS_ABI.handle().invokeExact();
      return abi == ABI ? null : "the shim has ABI %d, expected %d".formatted(abi, ABI);
    } catch (IOException | IllegalArgumentException | UnsatisfiedLinkError e) {
      return "the shim cannot be loaded: " + e.getMessage();
    } catch (Throwable e) {
      throw Downcall.unexpected(e);
    }
  }

  private static String architecture() {
    String name = System.getProperty("os.arch");
    return name.equals("amd64") ? "x86_64" : name;
  }

  private static void open(Path library) {
    Library.ESP_SHIM.register(SymbolLookup.libraryLookup(library, Arena.global()));
  }

  private static void openResource(String resource) throws IOException {
    try {
      openThroughMemfd(resource);
    } catch (IOException | IllegalArgumentException _) {
      openThroughFile(resource);
    }
  }

  /** May be refused: by a kernel without memfd, seccomp, or vm.memfd_noexec. */
  private static void openThroughMemfd(String resource) throws IOException {
    try (Memfd memfd = new Memfd(FILE)) {
      Path path = Path.of("/proc/self/fd/" + memfd.fd);
      copy(resource, path);
      open(path);
    }
  }

  private static void openThroughFile(String resource) throws IOException {
    Path file = Files.createTempFile("libtwinspan_esp", ".so");
    try {
      copy(resource, file);
      open(file);
    } finally {
      Files.delete(file);
    }
  }

  /** A piece at a time: with ipsec-mb in it the library is 13 MB. */
  private static void copy(String resource, Path to) throws IOException {
    try (InputStream in = Shim.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException(
            "no %s on the class path, nor %s set".formatted(resource, DIRECTORY_PROPERTY));
      }
      try (OutputStream out = Files.newOutputStream(to)) {
        in.transferTo(out);
      }
    }
  }

  private static final class Memfd implements AutoCloseable {
    private static final MethodHandle CREATE = Downcall.MEMFD_CREATE.handle();
    private static final MethodHandle CLOSE = Downcall.CLOSE.handle();

    final int fd;

    Memfd(String name) throws IOException {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
        fd = (int) CREATE.invokeExact(errno, arena.allocateFrom(name), MFD_CLOEXEC);
        if (fd < 0) {
          throw new IOException("memfd_create: errno " + errno.get(ValueLayout.JAVA_INT, 0));
        }
      } catch (IOException e) {
        throw e;
      } catch (Throwable e) {
        throw Downcall.unexpected(e);
      }
    }

    @Override
    public void close() {
      try (Arena arena = Arena.ofConfined()) {
        int _ = (int) CLOSE.invokeExact(arena.allocate(Downcall.ERRNO_LAYOUT), fd);
      } catch (Throwable e) {
        throw Downcall.unexpected(e);
      }
    }
  }
}
