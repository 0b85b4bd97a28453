// The whole fleet, made from messages. Pure: no clock, no page, no network.
import { Box } from './box.js';
import { SEVERITIES } from './severity.js';
import * as wire from './wire.js';

const PREFIX = 'twinspan/1/';

export class Fleet {
  /** @param most boxes and events that are kept; more are counted */
  constructor(most = { boxes: 20000, events: 1000 }) {
    this.most = most;
    this.boxes = new Map();
    /** Of all boxes, newest first: { box, event }. */
    this.events = [];
    /** Messages that were none of the fleet's, or more than is kept. */
    this.refused = { malformed: 0, tooMany: 0 };
    /** Grows with each change. */
    this.version = 0;
    this.onAck = () => {};
    /** (box, now): a health report of it did not arrive. */
    this.onGap = () => {};
  }

  /**
   * Takes a message.
   *
   * @param payload bytes or text
   * @param now milliseconds
   * @returns the box it changed, or null
   */
  take(topic, payload, now) {
    const [site, device, kind, ...rest] = topic.startsWith(PREFIX) ? topic.slice(PREFIX.length).split('/') : [];
    if (!kind || !site || !device || site.length > 128 || device.length > 128) return this.#refuse('malformed');
    if (payload.length === 0) return this.#forget(site, device, kind);
    const tree = wire.parse(payload);
    const told = tree === null ? null : this.#read(kind, rest, tree);
    if (told === undefined) return null; // a topic of a later version
    if (told === null) return this.#refuse('malformed');
    const box = this.#box(site, device);
    if (box === null) return this.#refuse('tooMany');
    if (!this.#hand(box, kind, told, now)) return null;
    this.version++;
    return box;
  }

  #read(kind, rest, tree) {
    switch (kind) {
      case 'state': return wire.state(tree);
      case 'health': return wire.health(tree);
      case 'about': return wire.about(tree);
      case 'event': return wire.event(tree);
      case 'reported': return wire.reported(tree);
      case 'desired': return wire.desired(tree);
      case 'ota': return wire.ota(tree);
      case 'ack': return rest.length === 1 ? wire.ack(tree) : null;
      default: return undefined;
    }
  }

  #hand(box, kind, told, now) {
    switch (kind) {
      case 'state': return box.takeState(told, now);
      case 'health': return this.#health(box, told, now);
      case 'about': return box.takeAbout(told);
      case 'event': return box.takeEvent(told) && this.#remember(box, told);
      case 'reported': box.takeReported(told); return true;
      case 'desired': box.desired = told; return true;
      case 'ota': box.ota = told; return true;
      default: this.onAck(box, told, now); return true;
    }
  }

  #health(box, told, now) {
    const before = box.missed;
    const news = box.takeHealth(told, now);
    if (news && box.missed > before) this.onGap(box, now);
    return news;
  }

  #box(site, device) {
    const id = `${site}/${device}`;
    let box = this.boxes.get(id);
    if (box === undefined) {
      if (this.boxes.size >= this.most.boxes) return null;
      box = new Box(site, device);
      this.boxes.set(id, box);
    }
    return box;
  }

  /** An empty retained message takes away what was retained: a box without a state is no more. */
  #forget(site, device, kind) {
    const box = this.boxes.get(`${site}/${device}`);
    if (box === undefined) return null;
    if (kind === 'state') this.boxes.delete(box.id);
    if (kind === 'desired') box.desired = null;
    if (kind === 'reported') box.reported = null;
    if (kind === 'ota') box.ota = null;
    this.version++;
    return box;
  }

  #remember(box, event) {
    const later = this.events.findIndex((entry) => entry.event.time <= event.time);
    this.events.splice(later < 0 ? this.events.length : later, 0, { box, event });
    if (this.events.length > this.most.events) this.events.length = this.most.events;
    return true;
  }

  #refuse(why) {
    this.refused[why]++;
    return null;
  }

  /** Boxes by severity, sites, and traffic of all. */
  summary() {
    const sites = new Set();
    const counts = Object.fromEntries(SEVERITIES.map((name) => [name, 0]));
    let inBits = 0;
    let outBits = 0;
    for (const box of this.boxes.values()) {
      counts[box.severity]++;
      sites.add(box.site);
      inBits += box.inBits;
      outBits += box.outBits;
    }
    return { boxes: this.boxes.size, sites: sites.size, counts, inBits, outBits };
  }
}
