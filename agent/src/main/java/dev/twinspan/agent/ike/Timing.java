package dev.twinspan.agent.ike;

/**
 * Tuning: our choices, in nanoseconds unless said otherwise. What RFC 7296 fixes stands where it is
 * used.
 */
final class Timing {
  static final long MILLISECOND = 1_000_000L;
  static final long SECOND = 1_000 * MILLISECOND;

  /** Before a fresh IKE SA is tried: {@link Backoff}. */
  static final long REOPEN = 500 * MILLISECOND;

  static final long REOPEN_CAP = 10 * SECOND;

  /** Before a pair that was refused or deleted is asked for again: {@link Backoff}. */
  static final long PAIR_RETRY = 2 * SECOND;

  static final long PAIR_RETRY_CAP = 300 * SECOND;

  /** A pair still missing after this is asked for also by who did not open the IKE SA. */
  static final long PAIR_PATIENCE = 20 * SECOND;

  /** First retransmission; each next waits twice as long. */
  static final long RETRANSMIT_FIRST = 500 * MILLISECOND;

  /** Longest wait between two retransmissions. */
  static final long RETRANSMIT_CAP = 4 * SECOND;

  /**
   * ESP on what a request proposes tells that its answer is lost or late: the request is sent again
   * this long after it was sent last, each next time twice as long. Shorter than that, ESP may have
   * overtaken the answer.
   */
  static final long AHEAD_FIRST = 25 * MILLISECOND;

  /** So often for one request: SPI and source of ESP can be forged, which must not pay. */
  static final int AHEAD_REPEATS = 5;

  /**
   * A handshake message or a DELETE unanswered for so long is given up: sent at 0, 0.5, 1.5 and 3.5
   * s. Short enough for the operator to read {@code no-answer} within 10 s.
   */
  static final long HANDSHAKE_PATIENCE = 7_500 * MILLISECOND;

  /**
   * A peer that stood until lately is called this often: Azure's address is silent for 10 s to 3
   * minutes while another instance takes it over, and traffic waits.
   */
  static final long RECALL_INTERVAL = 400 * MILLISECOND;

  /** For so long after the last IKE SA was lost. */
  static final long RECALL_LONGEST = 300 * SECOND;

  /** Between two attempts beside an IKE SA that is silent. */
  static final long BESIDE_INTERVAL = SECOND;

  /**
   * How long a better answer is waited for after an unauthenticated error in IKE_SA_INIT (RFC 7296
   * section 2.21.1): whoever can only send, not listen, cannot end an attempt.
   */
  static final long ERROR_GRACE = SECOND;

  /** A half-open IKE SA whose IKE_AUTH does not come. */
  static final long HALF_OPEN_LIFETIME = 20 * SECOND;

  /** A deleted or refused IKE SA still answers retransmissions of its last request. */
  static final long GONE_LIFETIME = 15 * SECOND;

  /**
   * Deleted inbound SAs stay usable for so long, for packets overtaken by the DELETE. Only where
   * another SA took over.
   */
  static final long LINGER = 2 * SECOND;

  /**
   * The responder of a CHILD rekey sends on the new SA after this, if the DELETE of the old has not
   * come before, nor ESP on the new. The initiator may still lack our answer, and what is sent on
   * the new SA then is lost, while the old one serves: strongSwan asks again after 4 s and, when
   * that is lost too, after 11.2 s.
   */
  static final long REKEY_SETTLE = 15 * SECOND;

  /**
   * The responder of a CHILD SA on a parallel IKE SA goes on sending on the other for so long,
   * unless ESP or the next request proves before that the initiator has the new one. Shorter than
   * {@link #REKEY_SETTLE}: the other one may be what a crashed peer has lost. While ESP comes on
   * the other, it is not.
   */
  static final long PARALLEL_SETTLE = 2 * SECOND;

  /** A replaced SA whose DELETE never comes is deleted by us. */
  static final long REPLACED_PATIENCE = 60 * SECOND;

  /** An IKE SA that lost a collision of rekeys and whose DELETE never comes is deleted by us. */
  static final long YIELDED_PATIENCE = 5 * SECOND;

  /** Wait after TEMPORARY_FAILURE (RFC 7296 section 2.25), plus up to as much again. */
  static final long TEMPORARY_FAILURE_WAIT = 2 * SECOND;

  /** Wait after a rekey that was refused for good, plus up to as much again. */
  static final long REKEY_REFUSED_WAIT = 15 * SECOND;

  /** Before a lost CHILD SA is asked for again on the same IKE SA. */
  static final long CHILD_RETRY = SECOND;

  /** An IKE SA without CHILD SA is deleted after this. */
  static final long CHILDLESS_PATIENCE = 30 * SECOND;

  /**
   * Parallel IKE SAs are left in peace for so long after the latest of them came up. A duplicate is
   * to be gone within 10 s, with a DELETE that is lost twice and a liveness check to be awaited.
   */
  static final long SURPLUS_QUIET = 5 * SECOND;

  /** A duplicate that is the peer's to delete and was not by then stays, and ours goes. */
  static final long SURPLUS_KEPT = 8 * SECOND;

  /** NAT keepalives, RFC 3948 section 4: default 20 s. */
  static final long KEEPALIVE = 20 * SECOND;

  /** A telling reason outlives plain silence for so long. */
  static final long REASON_KEPT = 60 * SECOND;

  /** An SA that lasted so long makes the next loss start with a short back-off again. */
  static final long STABLE = 30 * SECOND;

  /** IKE_SA_INIT a second from the address of a configured peer; more are dropped. */
  static final int INITS_OF_PEER = 1_000;

  /** The same from any other address. */
  static final int INITS_OF_STRANGER = 32;

  /** Unprotected answers a second to one address: INVALID_IKE_SPI, INVALID_MAJOR_VERSION. */
  static final int STRAY_ANSWERS = 4;

  /**
   * The peer says, unproven, that it does not have the IKE SA: how long it may still prove the
   * contrary before a new one is opened.
   */
  static final long DOUBTED_PATIENCE = 2_500 * MILLISECOND;

  /** An unproven hint makes us ask the peer, but not more often than this. */
  static final long DOUBT_INTERVAL = 5 * SECOND;

  /** Part of the half-open IKE SAs from which COOKIE is demanded. */
  static final int COOKIE_THRESHOLD = 16;

  /** The same for one remote address. */
  static final int COOKIE_THRESHOLD_PER_ADDRESS = 3;

  /** Half-open IKE SAs in all, from addresses that are not configured. */
  static final int HALF_OPEN_LIMIT = 256;

  /** Half-open IKE SAs of one remote address; the oldest makes room. */
  static final int HALF_OPEN_LIMIT_PER_ADDRESS = 8;

  /** Established IKE SAs of one peer. */
  static final int SAS_PER_PEER = 8;

  /**
   * Beyond {@link #SAS_PER_PEER}, one takes the place of another once in so long. A peer that opens
   * again whatever is closed (strongSwan with {@code close_action = start}) never rested otherwise.
   */
  static final long ROOM_INTERVAL = 60 * SECOND;

  /** CHILD SAs of one IKE SA, those being replaced included. */
  static final int CHILDREN_PER_SA = 32;

  /** Azure's limit of policy-based pairs of subnets of a gateway. */
  static final int MOST_PAIRS = 200;

  /** COOKIE and INVALID_KE_PAYLOAD answers followed in one attempt. */
  static final int INIT_RESTARTS = 5;

  /** Fragments of one message: 30 KB in the smallest packets that are common. */
  static final int FRAGMENTS_PER_MESSAGE = 64;

  /**
   * What one message under reassembly may hold, bytes: a chain of eight RSA-4096 certificates with
   * room to spare.
   */
  static final int FRAGMENT_BYTES_PER_MESSAGE = 32 << 10;

  /** What all half-open IKE SAs together may hold in fragments, bytes. */
  static final int FRAGMENT_BYTES_OF_STRANGERS = 2 << 20;

  /**
   * How long after its last fragment an incomplete message is kept. Peers retransmit all fragments
   * within seconds, so each round fills the gaps of the one before.
   */
  static final long FRAGMENT_PATIENCE = 30 * SECOND;

  private Timing() {}
}
