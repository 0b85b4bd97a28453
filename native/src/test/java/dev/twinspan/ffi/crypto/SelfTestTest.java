package dev.twinspan.ffi.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The self-test must be able to fail: each known answer, spoilt, is noticed by every back-end. */
class SelfTestTest {
  static List<EspBackend> backends() {
    return TestBackends.list();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void shouldNoticeEveryWrongAnswer(EspBackend backend) {
    List<KnownAnswer> answers = KnownAnswer.load();
    assertThat(answers).hasSizeGreaterThan(50);
    for (KnownAnswer answer : answers) {
      List<KnownAnswer> one = List.of(spoilt(answer));

      SelfTest.Result result = SelfTest.run(backend, one);

      assertThat(result.failure()).as(answer.name()).isNotNull().contains(answer.name());
      assertThat(result.answers()).isZero();
    }
  }

  private static KnownAnswer spoilt(KnownAnswer answer) {
    switch (answer) {
      case KnownAnswer.Gcm gcm -> gcm.tag()[7] ^= 1;
      case KnownAnswer.Cbc cbc -> cbc.ciphertext()[cbc.ciphertext().length - 1] ^= 1;
      case KnownAnswer.Hmac hmac -> hmac.icv()[11] ^= 1;
      case KnownAnswer.Esp esp -> esp.packet()[esp.packet().length / 2] ^= 1;
    }
    return answer;
  }
}
