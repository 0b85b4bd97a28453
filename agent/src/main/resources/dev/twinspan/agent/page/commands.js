// What can be asked of a box, and what became of it. Pure.
import { carries } from './severity.js';

/** A command that no box has taken by then is void. */
const EXPIRY_SECONDS = 60;
const MOST_KEPT = 50;

/**
 * verb → label, whether it is about a tunnel, what it does in words, and what may be chosen: name, label and values.
 */
export const VERBS = {
  drain: { label: 'Drain', tunnel: true, does: 'moves its flows to the other tunnels without loss, then closes it until it is undrained' },
  undrain: { label: 'Undrain', tunnel: true, does: 'opens it again and gives it its share of flows back' },
  rekey: { label: 'Rekey', tunnel: true, does: 'makes new keys; no packet is lost', choices: [{ name: 'ike', label: 'What', values: [[false, 'ESP keys'], [true, 'IKE SA, too']] }] },
  reset: { label: 'Reset', tunnel: true, interrupts: true, does: 'closes it at once and dials anew; its flows move to the other tunnels' },
  'self-drill': { label: 'Drill', tunnel: true, does: 'drains it, brings it back and measures the outage' },
  capture: { label: 'Capture', tunnel: true, does: 'records its packets on the box', choices: [{ name: 'seconds', label: 'Seconds', values: [[10, '10'], [30, '30'], [60, '60']] }] },
  'speed-test': { label: 'Speed test', does: 'loads its tunnels for some seconds', choices: [{ name: 'seconds', label: 'Seconds', values: [[5, '5'], [10, '10']] }] },
  'log-level': {
    label: 'Log level',
    does: 'changes how much its log tells',
    choices: [
      { name: 'level', label: 'Level', values: [['debug', 'debug'], ['info', 'info'], ['warn', 'warn']] },
      { name: 'seconds', label: 'For', values: [[600, '10 min'], [3600, '1 h']] },
    ],
  },
  reboot: { label: 'Reboot', interrupts: true, does: 'restarts the whole box: its site is cut off for a minute or more' },
};

/** Those that a box says it knows, about a tunnel or about itself; null: it has not said. */
export function offered(box, ofTunnel) {
  if (box.about === null) return null;
  const known = new Set(box.about.capabilities);
  return Object.keys(VERBS).filter((verb) => known.has(`cmd/${verb}`) && (VERBS[verb].tunnel === true) === ofTunnel);
}

/** What a person should think of before; empty: nothing. */
export function warning(box, verb, tunnel) {
  const takesAway = ['drain', 'reset', 'self-drill'].includes(verb);
  const others = (box.health?.tunnels ?? []).filter((other) => other.name !== tunnel && carries(other));
  if (takesAway && others.length === 0) return 'No other tunnel of this box carries: its traffic will stop.';
  return verb === 'reboot' ? 'Who is at the site loses the connection meanwhile.' : '';
}

/** The message to be published. @param id 1 to 64 of [A-Za-z0-9._-], never used before */
export function command(box, verb, tunnel, choices, id) {
  const base = `twinspan/1/${box.site}/${box.device}`;
  const payload = { ...(tunnel === null ? {} : { tunnel }), ...choices };
  return {
    id,
    verb,
    tunnel,
    box: box.id,
    topic: `${base}/cmd/${verb}`,
    payload: JSON.stringify(payload),
    responseTopic: `${base}/ack/${id}`,
    expirySeconds: EXPIRY_SECONDS,
  };
}

const OVER = new Set(['done', 'failed', 'rejected', 'expired', 'unanswered', 'not sent']);

/** Commands of this page and what boxes say to them; of others' commands, too. */
export class Commands {
  constructor() {
    this.all = new Map();
  }

  sent(command, now) {
    this.#keep({ ...command, at: now, stage: 'sent', sentence: '', percent: NaN });
  }

  /** The broker did not take it. */
  failed(id, why) {
    const known = this.all.get(id);
    if (known) Object.assign(known, { stage: 'not sent', sentence: why });
  }

  ack(box, told, now) {
    const known = this.all.get(told.id);
    if (known === undefined) {
      this.#keep({ id: told.id, verb: told.verb, tunnel: null, box: box.id, at: now, ...told });
    } else if (known.box === box.id && !(OVER.has(known.stage) && !OVER.has(told.stage))) {
      Object.assign(known, { stage: told.stage, step: told.step, percent: told.percent, sentence: told.sentence });
    }
  }

  /** Gives up on those that nobody answered. */
  tick(now) {
    for (const known of this.all.values()) {
      if (known.stage === 'sent' && now - known.at > (EXPIRY_SECONDS + 5) * 1000) {
        Object.assign(known, { stage: 'unanswered', sentence: `the box did not answer within ${EXPIRY_SECONDS} s: it will not carry it out any more` });
      }
    }
  }

  /** Newest first. */
  of(box) {
    return [...this.all.values()].filter((command) => command.box === box.id).reverse();
  }

  static over(command) {
    return OVER.has(command.stage);
  }

  #keep(command) {
    this.all.set(command.id, command);
    if (this.all.size > MOST_KEPT) this.all.delete(this.all.keys().next().value);
  }
}
