package dev.twinspan.ffi.linux;

import static dev.twinspan.ffi.linux.CpuFeatures.Feature.AES;
import static dev.twinspan.ffi.linux.CpuFeatures.Feature.AVX2;
import static dev.twinspan.ffi.linux.CpuFeatures.Feature.CARRYLESS_MULTIPLY;
import static dev.twinspan.ffi.linux.CpuFeatures.Feature.NEON;
import static dev.twinspan.ffi.linux.CpuFeatures.Feature.SHA1;
import static dev.twinspan.ffi.linux.CpuFeatures.Feature.SHA256;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CpuFeaturesTest {
  @Test
  void shouldFindWhatTheKernelTellsOfThisMachine() throws IOException {
    CpuFeatures found = CpuFeatures.detect();

    String cpuinfo = Files.readString(Path.of("/proc/cpuinfo"));
    // " aes " in the flags of x86, in the Features of ARM.
    assertThat(found.has(AES)).isEqualTo(cpuinfo.replace('\n', ' ').contains(" aes "));
    assertThat(found.describe()).contains(found.architecture(), "AES");
  }

  @Test
  void shouldCountOnlyWhatEveryProcessorHas() {
    assertThat(
            CpuFeatures.ofCpuinfo(
                List.of(
                    "processor\t: 0",
                    "flags\t\t: fpu aes pclmulqdq avx2 sha_ni",
                    "processor\t: 1",
                    "flags\t\t: fpu aes pclmulqdq sha_ni")))
        .containsExactlyInAnyOrder(AES, CARRYLESS_MULTIPLY, SHA1, SHA256);
    assertThat(CpuFeatures.ofCpuinfo(List.of("flags : fpu vaesx"))).isEmpty();
    assertThat(CpuFeatures.ofCpuinfo(List.of())).isEmpty();
  }

  /**
   * AT_HWCAP of a Cortex-A72 without the crypto extensions (Raspberry Pi 4) and of a Cortex-A76.
   */
  @Test
  void shouldReadTheHardwareCapabilitiesOfArm() {
    assertThat(CpuFeatures.ofHwcap(0x887)).containsExactly(NEON);
    assertThat(CpuFeatures.ofHwcap(0x119fff))
        .containsExactlyInAnyOrder(AES, CARRYLESS_MULTIPLY, SHA1, SHA256, NEON);
  }

  @Test
  void shouldSayWhatAMachineLacks() {
    assertThat(new CpuFeatures("aarch64", Set.of(NEON)).describe())
        .isEqualTo("aarch64 without AES instructions: encryption is slow on this machine");
    assertThat(new CpuFeatures("amd64", Set.of(AVX2, CARRYLESS_MULTIPLY, AES)).describe())
        .isEqualTo("amd64 with AES, carryless multiply, AVX2");
  }
}
