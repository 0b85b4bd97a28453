/** Big-endian octets of control messages: what the codecs of IKE and BGP are written with. */
@NullMarked
package dev.twinspan.agent.wire;

import org.jspecify.annotations.NullMarked;
