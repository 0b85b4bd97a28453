package dev.twinspan.ffi.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class NetworkNamespaceTest {
  @Test
  void shouldHoldNothingButLoopbackThatIsUp() {
    try (NetworkNamespace namespace = InNamespace.createOrSkip()) {
      List<Link> links = namespace.call(NetworkNamespaceTest::links);

      assertThat(links).filteredOn(Link::isLoopback).singleElement().matches(Link::isUp);
      // The kernel may add fall-back tunnel devices to each namespace; nothing is up but loopback.
      assertThat(links).filteredOn(link -> link.isUp() && !link.isLoopback()).isEmpty();
    }
  }

  @Test
  void shouldComeBackWhereTheThreadWas() {
    try (NetworkNamespace namespace = InNamespace.createOrSkip()) {
      String before = InNamespace.run("readlink", "/proc/self/ns/net");

      String inside;
      try (NetworkNamespace.Stay _ = namespace.enter()) {
        inside = InNamespace.run("readlink", "/proc/self/ns/net");
      }

      assertThat(inside).isNotEqualTo(before);
      assertThat(InNamespace.run("readlink", "/proc/self/ns/net")).isEqualTo(before);
    }
  }

  @Test
  void shouldBeReachableByItsPathWhileOpen() {
    try (NetworkNamespace namespace = InNamespace.createOrSkip();
        NetworkNamespace same = NetworkNamespace.open(namespace.path())) {
      namespace.call(() -> InNamespace.run("ip", "link", "add", "mark0", "type", "veth"));

      assertThat(same.call(NetworkNamespaceTest::links)).extracting(Link::name).contains("mark0");
    }
  }

  @Test
  void shouldHandTheFailureOfATaskToItsCaller() {
    try (NetworkNamespace namespace = InNamespace.createOrSkip()) {
      assertThatThrownBy(
              () ->
                  namespace.call(
                      () -> {
                        throw new IllegalArgumentException("from inside");
                      }))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("from inside");
    }
  }

  @Test
  void shouldRefuseVirtualThreads() {
    try (NetworkNamespace here = NetworkNamespace.ofThisThread();
        var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      CompletableFuture<Void> entering = CompletableFuture.runAsync(here::enter, executor);

      assertThatThrownBy(entering::join).hasCauseInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void shouldNameThePathThatIsNotThere() {
    assertThatThrownBy(() -> NetworkNamespace.open(Path.of("/run/netns/not-there")))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("/run/netns/not-there")
        .hasMessageContaining("ENOENT");
  }

  private static List<Link> links() {
    try (RouteNetlink netlink = RouteNetlink.open()) {
      return netlink.links();
    }
  }
}
