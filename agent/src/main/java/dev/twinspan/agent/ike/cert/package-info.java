/**
 * Certificates: reading them, and finding out whether a peer's is to be believed. The JDK parses
 * and applies the path rules of RFC 5280; every signature is verified by Bouncy Castle FIPS. Pure
 * functions over immutable values; time is handed in.
 */
@NullMarked
package dev.twinspan.agent.ike.cert;

import org.jspecify.annotations.NullMarked;
