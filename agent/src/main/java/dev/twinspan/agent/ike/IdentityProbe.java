package dev.twinspan.agent.ike;

import org.jspecify.annotations.Nullable;

/**
 * Finds out why a peer answers AUTHENTICATION_FAILED, which says neither key nor name. The attempt
 * after the first refusal leaves out the name we expect of it (IDr): when that name was all that
 * stood in the way, the peer now tells its own.
 */
final class IdentityProbe {
  private int refusals;
  private @Nullable Failure found;

  /** Whether IKE_AUTH is to carry IDr. */
  boolean namesResponder() {
    return refusals != 1;
  }

  /** Refused once more: what is to be said about it. */
  Failure refused(IkePeer config) {
    if (found != null) {
      return found;
    }
    refusals++;
    return Faults.authenticationRefused(config, refusals == 1);
  }

  /** The peer has told another name than we expect. */
  void found(Failure wrongIdentity) {
    found = wrongIdentity;
    refusals = 2;
  }

  void accepted() {
    found = null;
    refusals = 0;
  }
}
