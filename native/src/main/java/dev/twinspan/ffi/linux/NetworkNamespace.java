package dev.twinspan.ffi.linux;

import dev.twinspan.ffi.catalogue.Downcall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A network namespace, network_namespaces(7), for benches and tests. It belongs to threads, not to
 * the process: whatever a platform thread opens while inside (sockets, TUN devices, netlink, child
 * processes) is of that namespace and stays so.
 *
 * <p>Needs CAP_SYS_ADMIN, which {@code unshare --user --map-root-user --net} gives without root
 * ({@code --net}, since there is no way back into a namespace that is another user's). Any thread
 * may use it.
 */
public final class NetworkNamespace implements AutoCloseable {
  private static final int CLONE_NEWNET = 0x40000000;
  private static final String OF_THIS_THREAD = "/proc/thread-self/ns/net";

  private static final String NEEDED =
      "it needs CAP_SYS_ADMIN; run as root, or under unshare --user --map-root-user --net";
  private static final String BACK = "run under unshare --user --map-root-user --net";

  private static final MethodHandle UNSHARE = Downcall.UNSHARE.handle();
  private static final MethodHandle SETNS = Downcall.SETNS.handle();

  private final int fd;
  private boolean closed;

  private NetworkNamespace(int fd) {
    this.fd = fd;
  }

  /**
   * Makes a namespace that has nothing but a loopback interface, which is up. It has no name and
   * ends when this object is closed and nothing lives in it any more, also when the process dies.
   *
   * @throws KernelException when the process may not
   */
  public static NetworkNamespace create() {
    return onNewThread(
        () -> {
          int n = unshare();
          if (n < 0) {
            throw new KernelException("unshare(CLONE_NEWNET)", -n, NEEDED);
          }
          NetworkNamespace made = ofThisThread();
          try (RouteNetlink netlink = RouteNetlink.open()) {
            netlink.setLinkUp(1);
            return made;
          } catch (RuntimeException e) {
            made.close();
            throw e;
          }
        });
  }

  /**
   * @param path {@code /run/netns/NAME} of ip-netns(8), or {@code /proc/PID/ns/net}
   * @throws KernelException naming the path
   */
  public static NetworkNamespace open(Path path) {
    int fd = FileCalls.open(path.toString(), FileCalls.O_RDONLY | FileCalls.O_CLOEXEC);
    if (fd < 0) {
      throw new KernelException("open(" + path + ")", -fd);
    }
    return new NetworkNamespace(fd);
  }

  /** The one the calling thread is in. */
  public static NetworkNamespace ofThisThread() {
    return open(Path.of(OF_THIS_THREAD));
  }

  /**
   * What other processes reach it by while this object is open: {@code nsenter --net=PATH}, {@code
   * ip link set DEVICE netns PATH}.
   */
  public Path path() {
    return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + fd);
  }

  /** Inside until closed, which must be by the thread that entered. */
  public interface Stay extends AutoCloseable {
    /** Goes back to the namespace the thread came from. */
    @Override
    void close();
  }

  /**
   * Moves the calling platform thread in.
   *
   * @throws IllegalStateException on a virtual thread, which has no namespace of its own
   */
  public Stay enter() {
    Thread thread = Thread.currentThread();
    if (thread.isVirtual()) {
      throw new IllegalStateException("a virtual thread cannot enter a network namespace");
    }
    NetworkNamespace before = ofThisThread();
    setns(fd, NEEDED);
    return () -> {
      if (Thread.currentThread() != thread) {
        throw new IllegalStateException(
            "entered by " + thread + ", left by " + Thread.currentThread());
      }
      setns(
          before.fd, "the namespace " + thread.getName() + " came from is another user's; " + BACK);
      before.close();
    };
  }

  /** Runs something inside, on a platform thread of its own, and hands its result back. */
  public <T> T call(Callable<T> task) {
    return onNewThread(
        () -> {
          // The thread ends inside: there is no way back to fail on.
          setns(fd, NEEDED);
          return task.call();
        });
  }

  /** The namespace lives on while something is inside. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      FileCalls.close(fd);
    }
  }

  private static <T> T onNewThread(Callable<T> task) {
    FutureTask<T> future = new FutureTask<>(task);
    Thread thread = Thread.ofPlatform().name("network-namespace").daemon().start(future);
    try {
      T result = future.get();
      thread.join();
      return result;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new IllegalStateException(e.getCause());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in a network namespace", e);
    }
  }

  private static int unshare() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      int n = (int) UNSHARE.invokeExact(errno, CLONE_NEWNET);
      return n >= 0 ? n : -errno.get(ValueLayout.JAVA_INT, 0);
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  private static void setns(int namespace, String hint) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      int n = (int) SETNS.invokeExact(errno, namespace, CLONE_NEWNET);
      if (n < 0) {
        throw new KernelException("setns(CLONE_NEWNET)", errno.get(ValueLayout.JAVA_INT, 0), hint);
      }
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }
}
