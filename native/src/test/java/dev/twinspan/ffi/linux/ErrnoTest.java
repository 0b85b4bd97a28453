package dev.twinspan.ffi.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ErrnoTest {
  @Test
  void shouldDescribeInNameNumberAndWords() {
    assertThat(Errno.describe(Errno.EPERM)).isEqualTo("EPERM (1, operation not permitted)");
    assertThat(Errno.describe(Errno.EAGAIN))
        .isEqualTo("EAGAIN (11, resource temporarily unavailable)");
    assertThat(Errno.describe(133)).isEqualTo("EHWPOISON (133, memory page has hardware error)");
  }

  @Test
  void shouldHaveWordsForEveryErrnoOfLinux() {
    for (int errno = 1; errno <= 133; errno++) {
      // 41 and 58 are aliases (EWOULDBLOCK, EDEADLOCK) that live elsewhere: unused numbers.
      if (errno != 41 && errno != 58) {
        assertThat(Errno.describe(errno)).matches("E[A-Z0-9]+ \\(" + errno + ", .+\\)");
      }
    }
  }

  @Test
  void shouldStillNameANumberItDoesNotKnow() {
    assertThat(Errno.describe(58)).isEqualTo("errno 58");
    assertThat(Errno.describe(4000)).isEqualTo("errno 4000");
    assertThat(Errno.describe(-1)).isEqualTo("errno -1");
  }
}
