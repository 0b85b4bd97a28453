package dev.twinspan.ffi.catalogue;

import static dev.twinspan.ffi.catalogue.Downcall.Style.CRITICAL;
import static dev.twinspan.ffi.catalogue.Downcall.Style.ERRNO;
import static dev.twinspan.ffi.catalogue.Downcall.Style.PLAIN;
import static dev.twinspan.ffi.catalogue.Library.ESP_SHIM;
import static dev.twinspan.ffi.catalogue.Library.LIBC;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * The catalogue: one constant per native function, its C prototype beside it. The native image's
 * metadata is generated from it ({@link ReachabilityMetadata}), so nothing else in the product may
 * ask the linker for a downcall; a test sees to that.
 *
 * <p>A binding class holds {@code static final MethodHandle READ = Downcall.READ.handle()}: the JIT
 * folds such a handle into a direct call of 11–16 ns (6.5–8 ns for {@link Style#CRITICAL}). Hot
 * calls take addresses as {@code long}, which costs neither a segment object nor a liveness check;
 * their binding checks bounds and keeps the memory reachable.
 */
public enum Downcall {
  // Files.
  /** {@code int open(const char *path, int flags, ... mode_t mode)}. */
  OPEN(LIBC, "open", ERRNO, 2, of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT)),
  /** {@code int close(int fd)}. */
  CLOSE(LIBC, "close", ERRNO, of(JAVA_INT, JAVA_INT)),
  /** {@code ssize_t read(int fd, void *buf, size_t count)}. */
  READ(LIBC, "read", ERRNO, of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG)),
  /** {@code ssize_t writev(int fd, const struct iovec *iov, int iovcnt)}. */
  WRITEV(LIBC, "writev", ERRNO, of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT)),
  /** {@code int ioctl(int fd, unsigned long request, ... void *argument)}. */
  IOCTL(LIBC, "ioctl", ERRNO, 2, of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS)),
  /** {@code int poll(struct pollfd *fds, nfds_t nfds, int timeout)}. */
  POLL(LIBC, "poll", ERRNO, of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT)),

  // Sockets.
  /** {@code int socket(int domain, int type, int protocol)}. */
  SOCKET(LIBC, "socket", ERRNO, of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)),
  /** {@code int bind(int fd, const struct sockaddr *addr, socklen_t addrlen)}. */
  BIND(LIBC, "bind", ERRNO, of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT)),
  /** {@code int getsockname(int fd, struct sockaddr *addr, socklen_t *addrlen)}. */
  GETSOCKNAME(LIBC, "getsockname", ERRNO, of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS)),
  /** {@code int setsockopt(int fd, int level, int name, const void *value, socklen_t length)}. */
  SETSOCKOPT(
      LIBC, "setsockopt", ERRNO, of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT)),
  /** {@code int getsockopt(int fd, int level, int name, void *value, socklen_t *length)}. */
  GETSOCKOPT(
      LIBC, "getsockopt", ERRNO, of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS)),
  /** {@code ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)}. */
  SENDMSG(LIBC, "sendmsg", ERRNO, of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT)),
  /** {@code ssize_t recvmsg(int fd, struct msghdr *msg, int flags)}. */
  RECVMSG(LIBC, "recvmsg", ERRNO, of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT)),
  /** {@code ssize_t sendto(int fd, void *buf, size_t n, int flags, sockaddr *to, socklen_t n)}. */
  SENDTO(
      LIBC,
      "sendto",
      ERRNO,
      of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT)),
  /**
   * {@code ssize_t recvfrom(int fd, void *buf, size_t n, int flags, sockaddr *f, socklen_t *n)}.
   */
  RECVFROM(
      LIBC,
      "recvfrom",
      ERRNO,
      of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS)),

  // The hot ones of the above by the shim, which returns -errno: no capture.
  /** {@code int64_t ts_read(int fd, void *buffer, uint64_t length)}. */
  TS_READ(ESP_SHIM, "ts_read", PLAIN, of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG)),
  /** {@code int64_t ts_writev(int fd, const void *iovecs, int count)}. */
  TS_WRITEV(ESP_SHIM, "ts_writev", PLAIN, of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT)),
  /** {@code int64_t ts_sendmsg(int fd, const void *message, int flags)}. */
  TS_SENDMSG(ESP_SHIM, "ts_sendmsg", PLAIN, of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT)),
  /** {@code int64_t ts_recvmsg(int fd, void *message, int flags)}. */
  TS_RECVMSG(ESP_SHIM, "ts_recvmsg", PLAIN, of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT)),

  // Memory.
  /** {@code void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)}. */
  MMAP(
      LIBC,
      "mmap",
      ERRNO,
      of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG)),
  /** {@code int munmap(void *addr, size_t length)}. */
  MUNMAP(LIBC, "munmap", ERRNO, of(JAVA_INT, JAVA_LONG, JAVA_LONG)),
  /** {@code int mlock(const void *addr, size_t length)}. */
  MLOCK(LIBC, "mlock", ERRNO, of(JAVA_INT, JAVA_LONG, JAVA_LONG)),
  /** {@code int madvise(void *addr, size_t length, int advice)}. */
  MADVISE(LIBC, "madvise", ERRNO, of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT)),
  /** {@code int ftruncate(int fd, off_t length)}. */
  FTRUNCATE(LIBC, "ftruncate", ERRNO, of(JAVA_INT, JAVA_INT, JAVA_LONG)),
  /** {@code long syscall(long number, ... unsigned int flags)}: calls glibc has no wrapper for. */
  SYSCALL_1(LIBC, "syscall", ERRNO, 1, of(JAVA_LONG, JAVA_LONG, JAVA_LONG)),

  /** {@code int memfd_create(const char *name, unsigned int flags)}. */
  MEMFD_CREATE(LIBC, "memfd_create", ERRNO, of(JAVA_INT, ADDRESS, JAVA_INT)),

  // Network namespaces.
  /** {@code int unshare(int flags)}. */
  UNSHARE(LIBC, "unshare", ERRNO, of(JAVA_INT, JAVA_INT)),
  /** {@code int setns(int fd, int nstype)}. */
  SETNS(LIBC, "setns", ERRNO, of(JAVA_INT, JAVA_INT, JAVA_INT)),

  // Threads.
  /** {@code int setpriority(int which, id_t who, int priority)}. */
  SETPRIORITY(LIBC, "setpriority", ERRNO, of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)),

  // What the machine is and what time it is.
  /** {@code unsigned long getauxval(unsigned long type)}; 0 for a type the kernel does not give. */
  GETAUXVAL(LIBC, "getauxval", CRITICAL, of(JAVA_LONG, JAVA_LONG)),
  /** {@code int clock_gettime(clockid_t clock, struct timespec *tp)}; the vDSO, no system call. */
  CLOCK_GETTIME(LIBC, "clock_gettime", CRITICAL, of(JAVA_INT, JAVA_INT, ADDRESS)),

  // ESP: twinspan_esp.h. A batch takes tens of microseconds, so no call of these is CRITICAL.
  /** {@code int ts_abi(void)}. */
  TS_ABI(ESP_SHIM, "ts_abi", PLAIN, of(JAVA_INT)),
  /** {@code int ts_probe(int backend, char *text, int capacity)}. */
  TS_PROBE(ESP_SHIM, "ts_probe", PLAIN, of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT)),
  /** {@code ts_sa *ts_sa_new(int backend, int encr, int bits, int integ, int flags, u32 spi)}. */
  TS_SA_NEW(
      ESP_SHIM,
      "ts_sa_new",
      PLAIN,
      of(JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)),
  /** {@code int ts_sa_key(ts_sa *sa)}. */
  TS_SA_KEY(ESP_SHIM, "ts_sa_key", PLAIN, of(JAVA_INT, JAVA_LONG)),
  /** {@code int ts_sa_locked(const ts_sa *sa)}. */
  TS_SA_LOCKED(ESP_SHIM, "ts_sa_locked", PLAIN, of(JAVA_INT, JAVA_LONG)),
  /** {@code void ts_sa_free(ts_sa *sa)}. */
  TS_SA_FREE(ESP_SHIM, "ts_sa_free", PLAIN, FunctionDescriptor.ofVoid(JAVA_LONG)),
  /** {@code int ts_encapsulate(ts_sa *sa, ts_encap *vector, int entries)}. */
  TS_ENCAPSULATE(ESP_SHIM, "ts_encapsulate", PLAIN, of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT)),
  /** {@code int ts_admit(ts_sa *sa, ts_encap *vector, int entries)}. */
  TS_ADMIT(ESP_SHIM, "ts_admit", PLAIN, of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT)),
  /**
   * {@code int ts_encapsulate_part(ts_sa *sa, ts_encap *vector, int entries, int first, int n)}.
   */
  TS_ENCAPSULATE_PART(
      ESP_SHIM,
      "ts_encapsulate_part",
      PLAIN,
      of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT)),
  /** {@code int ts_decapsulate(ts_sa *sa, ts_decap *vector, int entries)}. */
  TS_DECAPSULATE(ESP_SHIM, "ts_decapsulate", PLAIN, of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT)),
  /** {@code int ts_seal_raw(ts_sa *sa, u8 *iv, u8 *aad, int n, u8 *text, int n, u8 *icv)}. */
  TS_SEAL_RAW(
      ESP_SHIM,
      "ts_seal_raw",
      PLAIN,
      of(JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS)),
  /** {@code int ts_open_raw(ts_sa *sa, u8 *iv, u8 *aad, int n, u8 *text, int n, u8 *icv)}. */
  TS_OPEN_RAW(
      ESP_SHIM,
      "ts_open_raw",
      PLAIN,
      of(JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS)),
  /** {@code int ts_bare(ts_sa *sa, u64 sequence, u8 *text, u32 stride, u32 length, int n)}. */
  TS_BARE(
      ESP_SHIM,
      "ts_bare",
      PLAIN,
      of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT));

  /** How the call is linked. */
  public enum Style {
    /** May block or run long; nothing captured. */
    PLAIN,

    /**
     * errno is captured: the handle's first parameter is a segment of {@link #ERRNO_LAYOUT}, kept
     * by whoever calls so that a call allocates none.
     */
    ERRNO,

    /**
     * Returns within a microsecond and never blocks: the thread stays in the Java state, which
     * halves the price and would hold up a safepoint if the promise were broken.
     */
    CRITICAL
  }

  /** What a call of {@link Style#ERRNO} leaves errno in: one int, at offset 0. */
  public static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();

  private static final int NOT_VARIADIC = -1;

  private final Library library;
  private final String symbol;
  private final Style style;
  private final int firstVariadic;
  private final FunctionDescriptor descriptor;

  Downcall(Library library, String symbol, Style style, FunctionDescriptor descriptor) {
    this(library, symbol, style, -1, descriptor);
  }

  Downcall(
      Library library,
      String symbol,
      Style style,
      int firstVariadic,
      FunctionDescriptor descriptor) {
    this.library = library;
    this.symbol = symbol;
    this.style = style;
    this.firstVariadic = firstVariadic;
    this.descriptor = descriptor;
  }

  /**
   * Links the function. For {@code static final} fields: each call links anew.
   *
   * @throws UnsatisfiedLinkError when the library or the symbol is missing
   */
  public MethodHandle handle() {
    List<Linker.Option> options = new ArrayList<>();
    switch (style) {
      case PLAIN -> {}
      case ERRNO -> options.add(Linker.Option.captureCallState("errno"));
      case CRITICAL -> options.add(Linker.Option.critical(false));
    }
    if (isVariadic()) {
      options.add(Linker.Option.firstVariadicArg(firstVariadic));
    }
    return Linker.nativeLinker()
        .downcallHandle(library.symbol(symbol), descriptor, options.toArray(Linker.Option[]::new));
  }

  /**
   * For the {@code catch (Throwable)} that {@link MethodHandle#invokeExact} demands of a call that
   * throws nothing of its own.
   *
   * @return never
   */
  public static AssertionError unexpected(Throwable thrown) {
    switch (thrown) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new AssertionError("a downcall threw a checked exception", thrown);
    }
  }

  public Library library() {
    return library;
  }

  public String symbol() {
    return symbol;
  }

  public Style style() {
    return style;
  }

  public boolean isVariadic() {
    return firstVariadic != NOT_VARIADIC;
  }

  /** Index of the first variadic argument; negative when there is none. */
  public int firstVariadic() {
    return firstVariadic;
  }

  public FunctionDescriptor descriptor() {
    return descriptor;
  }

  private static FunctionDescriptor of(MemoryLayout result, MemoryLayout... parameters) {
    return FunctionDescriptor.of(result, parameters);
  }
}
