// One box in full.
import { el, mark, say } from './dom.js';
import { fillEvents } from './events.js';
import { explain } from './explain.js';
import { fillFacts, fillRemedies, fillSentences } from './facts.js';
import { draw, shape } from './shapes.js';
import { Tunnels } from './tunnels.js';
import { bytes, clock, count, lasting, many, plain } from './words.js';

const NO_TUNNELS = [];

/** How far an update is, and what became of it. */
function updateWords({ state, percent, version, slot, sentence }) {
  const what = [version, plain(state), Number.isNaN(percent) ? '' : `${count(percent)} %`].filter((word) => word !== '').join(' ');
  return `${what}${slot === '' ? '' : ` (slot ${slot})`}${sentence === '' ? '' : `: ${sentence}`}`;
}

export class Detail {
  constructor(element, actions, onClose) {
    this.element = element;
    this.actions = actions;
    this.box = null;
    this.shape = shape('unknown');
    this.heading = el('h2', { tabindex: '-1' });
    this.word = el('span', { class: 'word' });
    this.where = el('p', { class: 'where' });
    this.sentences = el('ul', { class: 'sentences' });
    this.remedies = el('dl', { class: 'remedies' });
    this.tunnels = new Tunnels((place, name) => this.places.set(name, place));
    this.places = new Map();
    this.bgp = el('dl', { class: 'facts' });
    this.facts = el('dl', { class: 'facts' });
    this.drops = el('dl', { class: 'facts' });
    this.warnings = el('ul', { class: 'sentences' });
    this.events = el('ol', { class: 'events' });
    this.buttons = el('div', { class: 'actions' });
    this.progress = el('ol', { class: 'commands', 'aria-live': 'polite' });
    const part = (title, ...children) => el('section', { class: 'part' }, el('h3', {}, title), ...children);
    this.warned = part('The box warns', this.warnings);
    this.advised = part('What mends it', this.remedies);
    this.dropped = part('Dropped since its start', this.drops);
    this.spoken = part('BGP', this.bgp);
    element.append(
      el('header', {},
        el('div', { class: 'title' }, this.shape, this.heading, this.word,
          el('button', { type: 'button', class: 'close', 'aria-label': 'Close', title: 'Close (Esc)', click: onClose }, '✕')),
        this.where),
      el('div', { class: 'body', tabindex: '0', role: 'region', 'aria-label': 'Details of the box' },
        this.sentences,
        this.advised,
        this.tunnels.element,
        this.spoken,
        part('Ask the box', this.buttons, this.progress),
        part('Facts', this.facts),
        this.warned,
        this.dropped,
        part('Events', this.events)));
    element.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') onClose();
    });
  }

  open(box) {
    if (this.box !== box) {
      this.tunnels.clear();
      this.places.clear();
      this.element.querySelector('.body').scrollTop = 0;
    }
    this.box = box;
    this.element.hidden = false;
    this.fill(Date.now());
    this.heading.focus({ preventScroll: true });
  }

  close() {
    this.box = null;
    this.element.hidden = true;
  }

  fill(now) {
    const { box } = this;
    if (box === null) return;
    mark(this.element, 'data-severity', box.severity);
    draw(this.shape, box.severity);
    say(this.heading, box.device);
    say(this.word, box.severity);
    say(this.where, `${box.site} · ${box.presence}${Number.isFinite(box.since) ? ` · agent up since ${clock(box.since, now)}` : ''}`);
    const sentences = explain(box, now);
    fillSentences(this.sentences, sentences.length > 0 ? sentences : ['All its tunnels carry.']);
    fillRemedies(this.advised, this.remedies, box.severity === 'lost' || box.severity === 'away' ? NO_TUNNELS : box.health?.findings ?? NO_TUNNELS);
    this.tunnels.fill(box.health?.tunnels ?? NO_TUNNELS, box.tunnels, now);
    this.element.classList.toggle('stale', box.severity === 'lost' || box.severity === 'away');
    const sessions = box.health?.bgp ?? NO_TUNNELS;
    this.spoken.hidden = sessions.length === 0;
    fillFacts(this.bgp, sessions.map((one) =>
      [one.session, `${plain(one.state)} · ${many(one.received, 'prefix', 'prefixes')} in, ${count(one.advertised)} out`]));
    this.actions.fill(this.buttons, box, null);
    for (const [name, place] of this.places) this.actions.fill(place, box, name);
    this.actions.progress(this.progress, box, now);
    fillFacts(this.facts, this.#facts(now));
    this.#fillLists(now);
  }

  #facts(now) {
    const { box } = this;
    const { about, health, reported, desired, ota } = box;
    return [
      ['Version', box.version],
      ['Configuration', reported === null ? '' : `${reported.current || reported.version || 'by hand'} (${plain(reported.result)})`],
      ['Wanted', desired === null ? '' : desired.version],
      ['Update', ota === null || ota.state === 'idle' ? '' : updateWords(ota)],
      ['ESP', about === null ? '' : `${about.crypto.version.startsWith(about.crypto.name) ? '' : `${about.crypto.name} `}${about.crypto.version}: ${about.crypto.reason}`],
      ['Offloads', about === null ? '' : about.offloads.join(', ') || 'none'],
      ['FIPS', about === null ? '' : about.fips ? 'on' : 'off'],
      ['Memory', health === null ? '' : bytes(health.memoryBytes)],
      ['CPU time', health === null || Number.isNaN(health.cpuSeconds) ? '' : lasting(health.cpuSeconds * 1000)],
      ['Temperature', health === null || Number.isNaN(health.celsius) ? '' : `${health.celsius.toFixed(0)} °C`],
      ['Heard', Number.isFinite(box.heard) ? `${lasting(now - box.heard)} ago, report ${count(health.seq)} of session ${count(box.session)}` : ''],
    ];
  }

  #fillLists(now) {
    const { box } = this;
    const warnings = box.about?.warnings ?? NO_TUNNELS;
    this.warned.hidden = warnings.length === 0;
    fillSentences(this.warnings, warnings);
    const drops = box.health?.drops ?? NO_TUNNELS;
    this.dropped.hidden = drops.length === 0;
    fillFacts(this.drops, drops.map(([reason, number]) => [plain(reason), count(number)]));
    fillEvents(this.events, box.events, now);
  }
}
