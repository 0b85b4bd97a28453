package dev.twinspan.agent.doctor;

/**
 * What a peer's address answers to an IKE_SA_INIT request that is nobody's: from a port of its own,
 * so that the agent's IKE SAs are not touched.
 *
 * @param ike UDP port 500
 * @param natTraversal UDP port 4500
 * @param largest IP packet that arrived there, bytes; 0 while not measured
 * @param smallestLost IP packet that did not; 0 when the largest tried arrived
 */
public record Reach(Answer ike, Answer natTraversal, int largest, int smallestLost) {
  /** To one request, repeated. */
  public enum Answer {
    ANSWERED,
    SILENT,
    /** The kernel here has no way there, or something on the way says that there is none. */
    REFUSED
  }

  /** Of whose size of packets nothing is known. */
  public Reach(Answer ike, Answer natTraversal) {
    this(ike, natTraversal, 0, 0);
  }
}
