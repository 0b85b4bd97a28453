package dev.twinspan.agent.tunnel;

/** Tuning: our choices, in nanoseconds. */
final class Timing {
  static final long MILLISECOND = 1_000_000L;
  static final long SECOND = 1_000 * MILLISECOND;

  /** How often a tunnel is looked at while packets pass. */
  static final long LOOK_ACTIVE = 20 * MILLISECOND;

  /** The same while the peer is being asked. */
  static final long LOOK_ASKING = 10 * MILLISECOND;

  /** The same while nothing passes. */
  static final long LOOK_IDLE = 100 * MILLISECOND;

  /**
   * The same while moreover nothing is waited for or to be learnt; a first packet brings the next
   * look with it.
   */
  static final long LOOK_RESTING = SECOND;

  /** Packets within this time make a tunnel active. */
  static final long ACTIVE = SECOND;

  /** A look that comes later than this was held up by the machine, and so perhaps the answer. */
  static final long HELD_UP = 40 * MILLISECOND;

  /**
   * No silence shorter than this is one, whatever the pattern: schedulers pause longer than LANs.
   */
  static final long SILENCE_FLOOR = 60 * MILLISECOND;

  /** A silence longer than this and two round trips is one, whatever the pattern. */
  static final long SILENCE_CEILING = 120 * MILLISECOND;

  /** Longer ones are pauses of those who talk, not the pattern of their talk. */
  static final long PAUSE = SECOND;

  /** How long a gap between inbound packets is remembered as usual, once or twice this. */
  static final long PATTERN = 10 * SECOND;

  /**
   * Between two inquiries where nothing is heard: traffic of one direction costs one exchange a
   * second, a probe now and then included. Where something is heard in between, three inquiries
   * within this time.
   */
  static final long INQUIRY_SPACING = 1_120 * MILLISECOND;

  /**
   * In between, twice, a target inside that is known to answer is probed: what dies just after it
   * answered an inquiry is not found only by the next one.
   */
  static final long MEANTIME = INQUIRY_SPACING / 3;

  /**
   * A probe in the meantime is missed after three times as long as the quickest take, this at least
   * and {@link #MEANTIME} at most.
   */
  static final long MEANTIME_PATIENCE = 120 * MILLISECOND;

  /**
   * Between two inquiries ahead of their time for a missed probe, in which nothing is probed
   * either: with those in due time they are one a second at most, and a target that limits its rate
   * has the time to be found out.
   */
  static final long AHEAD_SPACING = 6 * SECOND;

  /**
   * While packets pass both ways the peer is asked this often. What we hear proves nothing of what
   * we send, since answers may come by the other tunnel.
   */
  static final long ROUND_TRIP = 600 * MILLISECOND;

  /**
   * A tunnel on which nothing is heard is asked this often: an exchange has 178 bytes with AES-GCM
   * and everything, 240 with AES-CBC and SHA-384, so that it costs 6 or 8 bytes a second.
   */
  static final long ASK_IDLE = 30 * SECOND;

  /** Packets within this time make traffic two-way. */
  static final long TWO_WAY = 200 * MILLISECOND;

  /** A silent peer has this many times as long to answer as it took of late. */
  static final int PATIENCE_OF_ANSWERS = 3;

  /** And at least so long. */
  static final long VERDICT_FLOOR = 140 * MILLISECOND;

  /** And, however slow it was of late, no longer than so much beyond what its quickest allows. */
  static final long VERDICT_SLACK = 240 * MILLISECOND;

  /** How long an answer may take before one was measured. */
  static final long ANSWER_UNKNOWN = 300 * MILLISECOND;

  /** So many answers tell how long this peer takes. */
  static final int LEARNT = 4;

  /** Between the first two of them, twice that between the next two, and so on. */
  static final long LEARN_SPACING = 150 * MILLISECOND;

  /** How often it is asked within that time. */
  static final int MISSES = 4;

  /** Where packets are still heard IKE may only be slow: so many times as long. */
  static final int PATIENCE_WHILE_HEARD = 2;

  /**
   * A tunnel that is idle or without alternative is given up so late: nothing is gained by being
   * quick.
   */
  static final long PATIENCE_UNHURRIED = 2 * SECOND;

  /** How often a lost tunnel is asked whether it is back. */
  static final long ASK_LOST = 500 * MILLISECOND;

  /** How often a tunnel is asked while it waits out its hold-down. */
  static final long ASK_HELD = SECOND;

  /** A held tunnel that leaves so much unanswered is lost again. */
  static final long PATIENCE_HELD = 500 * MILLISECOND;

  /** Silence of ESP while IKE answers, after which ESP is taken for blackholed. */
  static final long ESP_SILENCE = 400 * MILLISECOND;

  /** The same where long gaps are usual. */
  static final long ESP_SILENCE_LONGEST = 600 * MILLISECOND;

  /** Packets that come steadily come in nearly every slot of this length. */
  static final long ESP_SLOT = 100 * MILLISECOND;

  /** Probes that tell a blackhole from a silent application where no other tunnel is heard. */
  static final int TRIAL_PROBES = 3;

  /** Between two of them, and for the last one's answer: a target may limit its rate. */
  static final long TRIAL_SPACING = 500 * MILLISECOND;

  /** One that leaves more than this share of its probes without answer proves nothing. */
  static final double TRIAL_LOSS = 0.1;

  /** A tunnel whose ESP was blackholed is tried again after this, doubling, when none is heard. */
  static final long ESP_TRIAL = 30 * SECOND;

  static final long ESP_TRIAL_LONGEST = 600 * SECOND;

  /**
   * Hold-down after the first loss, the second within {@link #FLAP_MEMORY}, and all further ones.
   */
  static final long[] HOLD_DOWN = {5 * SECOND, 60 * SECOND, 300 * SECOND};

  /**
   * A peer that answers what it was asked before its flows were moved, within so long of the
   * question, was late and not away: a false alarm.
   */
  static final long FALSE_ALARM = SECOND;

  /** Hold-down after a false alarm, and after each further one within {@link #FLAP_MEMORY}. */
  static final long[] HOLD_DOWN_ALARM = {
    5 * SECOND, 10 * SECOND, 20 * SECOND, 40 * SECOND, 60 * SECOND
  };

  /** Losses and false alarms older than this are forgotten. */
  static final long FLAP_MEMORY = 600 * SECOND;

  /** How long a failover waits for the first packet heard on the tunnels that took over. */
  static final long CONFIRM = 3 * SECOND;

  /** How often it is seen whether a probe is due. */
  static final long PROBE_LOOK = SECOND;

  /**
   * Between the first ones, until it is known whether the target answers: it may be needed soon.
   */
  static final long PROBE_LEARN = 200 * MILLISECOND;

  /** So many are that close together at most. */
  static final int PROBE_LEARN_LONGEST = 6;

  /** Between two probes while packets are sent. */
  static final long PROBE_BUSY = 10 * SECOND;

  /**
   * The same while none are: 108 bytes each way, with everything, and the answers to the other
   * tunnel's may come by this one. With {@link #ASK_IDLE} it is less than ten bytes a second.
   */
  static final long PROBE_IDLE = 300 * SECOND;

  /** And where the target does not answer. */
  static final long PROBE_SILENT = 600 * SECOND;

  /** A probe without an answer for so long is lost. */
  static final long PROBE_PATIENCE = 2 * SECOND;

  /** So many answers, or misses, in a row tell whether the target answers at all. */
  static final int PROBE_TRIES = 3;

  /** So many misses in a row, and it no longer does. */
  static final int PROBE_GIVE_UP = 10;

  /** Loss is counted in slots of this length, eight of them. */
  static final long LOSS_SLOT = SECOND / 2;

  /**
   * A tunnel that loses this share of packets, and so much more than another, gets no new flows.
   */
  static final double LOSS_SHUN = 0.02;

  /** One that loses less than this is clean. */
  static final double LOSS_CLEAN = 0.01;

  /** In as many slots something must be lost: one burst is no brownout. */
  static final int LOSS_SLOTS = 3;

  /** So many packets must have come or been lost within the slots to judge by. */
  static final int LOSS_EVIDENCE = 100;

  /** And so many lost, beside those of the worst slot. */
  static final int LOSS_LEAST = 4;

  /** A tunnel that lost packets must be clean for so long before new flows come again. */
  static final long LOSS_OVER = 8 * SECOND;

  /** It is tried again after this, doubling, where too little comes to judge by. */
  static final long LOSS_TRIAL = 60 * SECOND;

  static final long LOSS_TRIAL_LONGEST = 600 * SECOND;

  /** A drained tunnel is closed when nothing was sent on it for so long. */
  static final long DRAIN_SETTLE = 500 * MILLISECOND;

  /** And at the latest after this. */
  static final long DRAIN_LONGEST = 5 * SECOND;

  /** The same where BGP tells the peer to send elsewhere: it may take a few seconds about it. */
  static final long DRAIN_LONGEST_SPOKEN = 10 * SECOND;

  /** The peer has our Cease when its TCP answered and nothing came behind that for so long. */
  static final long PARTING_SETTLE = 100 * MILLISECOND;

  /** And is waited for no longer than this. */
  static final long PARTING_LONGEST = SECOND;

  private Timing() {}

  /** Whether {@code a} is later than {@code b}; 0 is never, and never is before everything. */
  static boolean after(long a, long b) {
    return a != 0 && (b == 0 || a - b > 0);
  }

  static long latest(long a, long b) {
    return after(a, b) ? a : b;
  }
}
