package dev.twinspan.agent.bgp.message;

/** What came of decoding one message. Decoding never throws. */
public sealed interface DecodeResult {
  record Decoded(BgpMessage message) implements DecodeResult {}

  record Failed(DecodeError error) implements DecodeResult {}
}
