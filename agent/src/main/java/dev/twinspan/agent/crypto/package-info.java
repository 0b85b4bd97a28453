/**
 * Cryptography that more than one part needs: Bouncy Castle FIPS itself, TLS over it, digests, and
 * the HTTPS client of all that is fetched.
 */
@NullMarked
package dev.twinspan.agent.crypto;

import org.jspecify.annotations.NullMarked;
