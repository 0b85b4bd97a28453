package dev.twinspan.agent.ike;

import java.util.List;

/**
 * A request waiting for its response, and when it is sent again: RFC 7296 section 2.1, exponential
 * back-off with jitter.
 */
final class Outstanding {
  private final IkeContext context;
  private final Exchange exchange;
  private final int messageId;
  private final List<byte[]> datagrams;
  private final long firstSent;
  private long giveUpAt;
  private long interval;
  private long nextAt;
  private int sent = 1;

  Outstanding(IkeContext context, Exchange exchange, int messageId, List<byte[]> datagrams) {
    this.context = context;
    this.exchange = exchange;
    this.messageId = messageId;
    this.datagrams = datagrams;
    this.firstSent = context.now();
    this.giveUpAt = context.in(exchange.patience());
    this.interval = Math.min(Timing.RETRANSMIT_FIRST, exchange.longestInterval());
    schedule();
  }

  private void schedule() {
    nextAt = context.in(interval - interval / 10 + context.jitter(interval / 5));
  }

  Exchange exchange() {
    return exchange;
  }

  int messageId() {
    return messageId;
  }

  /** One, or its fragments: all of them are sent each time (RFC 7383 section 2.5). */
  List<byte[]> datagrams() {
    return datagrams;
  }

  long firstSent() {
    return firstSent;
  }

  /** How often it was sent. */
  int sent() {
    return sent;
  }

  boolean isExhausted() {
    return context.now() >= giveUpAt;
  }

  /** Whether it is time to send again; then counts it as sent. */
  boolean takeRetransmission() {
    if (context.now() < nextAt) {
      return false;
    }
    sent++;
    interval = Math.min(2 * interval, exchange.longestInterval());
    schedule();
    return true;
  }

  /** Sent once more, ahead of its time, which stays as it is. */
  void again() {
    sent++;
  }

  /** Given up after so long at the latest, and asked again soon. */
  void hurry(long nanos) {
    giveUpAt = Math.min(giveUpAt, context.in(nanos));
    interval = Math.min(interval, Timing.RETRANSMIT_FIRST);
    nextAt = Math.min(nextAt, context.in(interval));
  }

  /** Stops sending; waits only for a better answer. */
  void settleFor(long nanos) {
    giveUpAt = Math.min(giveUpAt, context.in(nanos));
    nextAt = IkeContext.NEVER;
  }

  long deadline() {
    return Math.min(giveUpAt, nextAt);
  }
}
