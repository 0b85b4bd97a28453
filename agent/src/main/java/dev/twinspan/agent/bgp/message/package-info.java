/** BGP-4 messages (RFC 4271) to and from bytes; {@code BgpCodec} is the way in. */
@NullMarked
package dev.twinspan.agent.bgp.message;

import org.jspecify.annotations.NullMarked;
