package dev.twinspan.datapath.worker;

/** What a loop does when a descriptor is readable. */
public interface Duty {
  /**
   * Works until there is nothing to read, or its budget is used up so that others get their turn.
   * While another has more to do it is called though nothing may be readable.
   *
   * @return whether there is more to do: then it is called again without waiting for readiness
   */
  boolean turn();
}
