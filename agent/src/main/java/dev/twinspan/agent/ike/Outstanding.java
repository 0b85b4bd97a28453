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
  private long aheadAt = IkeContext.NEVER;
  private long aheadWait = Timing.AHEAD_FIRST;
  private int aheadLeft = Timing.AHEAD_REPEATS;
  private long lastSent;
  private int sent = 1;

  Outstanding(IkeContext context, Exchange exchange, int messageId, List<byte[]> datagrams) {
    this.context = context;
    this.exchange = exchange;
    this.messageId = messageId;
    this.datagrams = datagrams;
    this.firstSent = context.now();
    this.lastSent = firstSent;
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
    if (context.now() >= nextAt) {
      interval = Math.min(2 * interval, exchange.longestInterval());
      schedule();
    } else if (context.now() < aheadAt) {
      return false;
    } else {
      aheadWait *= 2;
      aheadLeft--;
    }
    again();
    return true;
  }

  /** Sent once more, ahead of its time, which stays as it is. */
  void again() {
    sent++;
    lastSent = context.now();
    aheadAt = IkeContext.NEVER;
  }

  /**
   * What the answer would make is used by the peer already, so the answer is lost or late: it is
   * asked for again soon, {@value Timing#AHEAD_REPEATS} times at most, whatever else is due when.
   */
  void peerIsAhead() {
    if (aheadAt == IkeContext.NEVER && aheadLeft > 0) {
      aheadAt = Math.max(context.now(), lastSent + aheadWait);
    }
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
    return Math.min(giveUpAt, Math.min(nextAt, aheadAt));
  }
}
