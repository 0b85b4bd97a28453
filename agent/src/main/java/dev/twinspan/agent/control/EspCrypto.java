package dev.twinspan.agent.control;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.ffi.crypto.CryptoHelpers;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspBackendException;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.SharedBackend;
import dev.twinspan.ffi.linux.CpuFeatures;
import org.jspecify.annotations.Nullable;

/**
 * What encrypts packets: a back-end, and threads that help it where the processor is slow at it.
 *
 * @param choice with the reasons for both
 * @param helpers null: none
 */
record EspCrypto(EspBackends.Choice choice, @Nullable CryptoHelpers helpers)
    implements AutoCloseable {

  /**
   * @param nice of the helpers, as of the loops
   * @throws AgentStartException when there is none that the configuration allows
   */
  static EspCrypto open(AgentConfig config, int nice) throws AgentStartException {
    EspBackends.Choice alone = choose(config.crypto());
    boolean aes = CpuFeatures.detect().has(CpuFeatures.Feature.AES);
    int threads = config.cryptoThreads(Runtime.getRuntime().availableProcessors(), aes);
    if (threads == 0) {
      return new EspCrypto(alone, null);
    }
    if (!SharedBackend.canShare(alone.backend())) {
      String reason =
          "%s; tunnel-device.crypto-threads has no effect, %s cannot share its work: expected ipsec-mb or libcrypto"
              .formatted(alone.reason(), alone.backend().name());
      return new EspCrypto(new EspBackends.Choice(alone.backend(), reason, alone.probes()), null);
    }
    CryptoHelpers helpers = new CryptoHelpers(threads, nice);
    String why =
        config.tunnelDevice().cryptoThreads() == AgentConfig.TunnelDevice.AUTO
            ? "the processor has no AES instructions"
            : "as tunnel-device.crypto-threads says";
    String reason =
        "%s; %d more %s each tunnel's AES, %s"
            .formatted(
                alone.reason(), threads, threads == 1 ? "thread shares" : "threads share", why);
    EspBackend shared = new SharedBackend(alone.backend(), helpers);
    return new EspCrypto(new EspBackends.Choice(shared, reason, alone.probes()), helpers);
  }

  private static EspBackends.Choice choose(AgentConfig.Crypto crypto) throws AgentStartException {
    if (!crypto.fips() || !crypto.espFips()) {
      return EspBackends.choose(crypto.espBackend());
    }
    try {
      return EspBackends.chooseFips();
    } catch (EspBackendException e) {
      throw new AgentStartException(
          "fips is true, so ESP needs OpenSSL's FIPS provider, and "
              + e.getMessage()
              + "; or set crypto.esp-fips: false to have IKE alone in FIPS mode",
          e);
    }
  }

  EspBackend backend() {
    return choice.backend();
  }

  /** After the datapath is closed. */
  @Override
  public void close() {
    if (helpers != null) {
      helpers.close();
    }
  }
}
