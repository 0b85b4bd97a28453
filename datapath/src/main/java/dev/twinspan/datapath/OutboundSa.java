package dev.twinspan.datapath;

/**
 * Placeholder for the handle of one outbound SA: key context, counters, and the state the worker
 * owns.
 */
public final class OutboundSa {}
