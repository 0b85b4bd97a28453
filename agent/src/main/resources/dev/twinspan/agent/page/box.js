// One box as its topics tell of it. Pure: time comes in.
import { History } from './history.js';
import { note, tunnelHistory } from './series.js';
import { RANK, ofBox } from './severity.js';

const MOST_EVENTS = 60;
const NONE = [];

export class Box {
  constructor(site, device) {
    this.site = site;
    this.device = device;
    this.id = `${site}/${device}`;
    /** init, ready, lost or disconnected. */
    this.presence = 'init';
    /** Of the agent's start that this is about; 0: not known. */
    this.session = 0;
    this.version = '';
    this.since = NaN;
    /** When the presence came to be, as far as this page has seen. */
    this.changed = NaN;
    this.about = null;
    this.health = null;
    /** When a health report last came. */
    this.heard = NaN;
    /** Between the last two reports, milliseconds. */
    this.interval = NaN;
    /** Health reports of this session that never came. */
    this.missed = 0;
    this.reported = null;
    this.desired = null;
    /** How far its update is, or what became of the last. */
    this.ota = null;
    /** Newest first. */
    this.events = NONE;
    this.throughput = null;
    this.tunnels = new Map();
    this.severity = 'unknown';
    this.rank = RANK.unknown;
    this.words = null;
  }

  /** @returns whether it was news */
  takeState(told, now) {
    // A will is published late: by then the box may have been back for long.
    if (told.state === 'lost' && told.session < this.session) return false;
    // The first word of a box is what was retained, from who knows when.
    if (told.state !== this.presence) this.changed = this.session === 0 ? NaN : now;
    if (told.session !== this.session) this.#begin(told.session);
    this.presence = told.state;
    this.version = told.version;
    this.since = told.since;
    return this.#judge();
  }

  takeHealth(told, now) {
    if (told.session < this.session) return false;
    if (told.session > this.session) {
      // It speaks, whatever a late will said of it before.
      if (this.presence !== 'ready') this.changed = now;
      this.#begin(told.session);
      this.presence = 'ready';
    }
    const last = this.health;
    if (last !== null) {
      if (told.seq <= last.seq) return false;
      this.missed += told.seq - last.seq - 1;
      this.interval = now - this.heard;
    }
    this.health = told;
    this.heard = now;
    this.#remember(told, now);
    return this.#judge();
  }

  takeAbout(told) {
    if (told.session < this.session) return false;
    this.about = told;
    if (told.version !== '') this.version = told.version;
    this.words = null;
    return true;
  }

  /** @returns whether it was not known */
  takeEvent(told) {
    if (told.id !== '' && this.events.some((event) => event.id === told.id)) return false;
    // Replayed ones come after those that happened since.
    const later = this.events.findIndex((event) => event.time <= told.time);
    const at = later < 0 ? this.events.length : later;
    this.events = this.events.toSpliced(at, 0, told).slice(0, MOST_EVENTS);
    return true;
  }

  takeReported(told) {
    this.reported = told;
    this.words = null;
  }

  /** Traffic of all tunnels, bits a second. */
  get inBits() {
    return this.#sum('inBits');
  }

  get outBits() {
    return this.#sum('outBits');
  }

  /** Of its worst tunnel; NaN: not known. */
  get loss() {
    return this.#worst('lossIn');
  }

  get rtt() {
    return this.#worst('rttMillis');
  }

  /** Milliseconds since it was last heard of, while it should be. */
  silence(now) {
    return this.presence === 'ready' ? now - this.heard : NaN;
  }

  /** What a filter looks through, in lower case. */
  get haystack() {
    if (this.words === null) {
      const parts = [this.site, this.device, this.id, this.version, this.severity, this.reported?.version, this.reported?.result];
      for (const tunnel of this.health?.tunnels ?? NONE) {
        if (tunnel.state !== 'up') parts.push(tunnel.name, tunnel.state, tunnel.reason, tunnel.sentence);
      }
      for (const finding of this.health?.findings ?? NONE) parts.push(finding.cause, finding.title, finding.about, finding.sentence);
      this.words = parts.join(' ').toLowerCase();
    }
    return this.words;
  }

  #begin(session) {
    this.session = session;
    this.health = null;
    this.heard = NaN;
    this.interval = NaN;
    this.missed = 0;
    if (this.about !== null && this.about.session !== session) this.about = null;
  }

  #remember(told, now) {
    this.throughput ??= new History(1, 30);
    this.throughput.add(now, [this.inBits + this.outBits]);
    const names = new Set();
    for (const tunnel of told.tunnels) {
      names.add(tunnel.name);
      if (!this.tunnels.has(tunnel.name)) this.tunnels.set(tunnel.name, tunnelHistory());
      note(this.tunnels.get(tunnel.name), now, tunnel);
    }
    for (const name of this.tunnels.keys()) {
      if (!names.has(name)) this.tunnels.delete(name);
    }
  }

  #judge() {
    this.severity = ofBox(this.presence, this.health);
    this.rank = RANK[this.severity];
    this.words = null;
    return true;
  }

  #sum(field) {
    if (this.presence === 'lost' || this.presence === 'disconnected' || this.health === null) return 0;
    return this.health.tunnels.reduce((sum, tunnel) => sum + (tunnel[field] || 0), 0);
  }

  #worst(field) {
    if (this.health === null || this.severity === 'lost' || this.severity === 'away') return NaN;
    return this.health.tunnels.reduce((worst, tunnel) => tunnel[field] > worst || Number.isNaN(worst) ? tunnel[field] : worst, NaN);
  }
}
