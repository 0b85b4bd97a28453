package dev.twinspan.datapath;

/**
 * Placeholder for the handle of one inbound SA: key context, counters, and the state the worker
 * owns.
 */
public final class InboundSa {}
