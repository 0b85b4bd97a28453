package dev.twinspan.agent.ike.message;

import java.util.List;

/** One IKE message in the clear: what an exchange is made of. */
public record IkeMessage(IkeHeader header, List<Payload> payloads) {}
