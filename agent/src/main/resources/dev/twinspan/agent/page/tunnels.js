// A tunnel in full: its state and reason, and its traffic, loss and latency with their latest course.
import { el, mark, say } from './dom.js';
import { IN, LOSS, OUT, RTT } from './series.js';
import { LOSSY, ofTunnel } from './severity.js';
import { draw, shape } from './shapes.js';
import { Spark } from './spark.js';
import { bits, clock, lasting, millis, percent } from './words.js';

const CURVES = [
  ['throughput', 'Throughput', ['--in', '--out'], [IN, OUT], 1e5, 180],
  ['loss', 'Loss', ['--loss'], [LOSS], 0.02, 136],
  ['rtt', 'Latency', ['--rtt'], [RTT], 10, 136],
];

class TunnelCard {
  constructor(onAction) {
    this.shape = shape('unknown');
    this.name = el('h3');
    this.word = el('span', { class: 'word' });
    this.since = el('span', { class: 'since' });
    this.sentence = el('p', { class: 'sentence' });
    this.curves = CURVES.map(([kind, title, colours, series, least, width]) => {
      const spark = new Spark(width, 38, ...colours);
      const figure = el('span', { class: 'figure' });
      const element = el('div', { class: `curve ${kind}` }, el('div', { class: 'label' }, title), spark.element, figure);
      return { spark, figure, element, series, least };
    });
    const actions = onAction === null ? [] : [el('div', { class: 'actions' })];
    this.actions = actions[0];
    this.element = el('section', { class: 'tunnel' },
      el('div', { class: 'title' }, this.shape, this.name, this.word, this.since),
      this.sentence,
      el('div', { class: 'curves' }, ...this.curves.map((curve) => curve.element)),
      ...actions);
  }

  fill(tunnel, history, now) {
    const kind = ofTunnel(tunnel);
    mark(this.element, 'data-severity', kind);
    draw(this.shape, kind);
    say(this.name, tunnel.name);
    say(this.word, tunnel.state);
    say(this.since, Number.isFinite(tunnel.since) ? `for ${lasting(now - tunnel.since)}, since ${clock(tunnel.since, now)}` : '');
    say(this.sentence, tunnel.sentence);
    const [throughput, loss, rtt] = this.curves;
    say(throughput.figure, `in ${bits(tunnel.inBits)} · out ${bits(tunnel.outBits)}`);
    say(loss.figure, percent(tunnel.lossIn));
    mark(loss.figure, 'data-bad', tunnel.lossIn > LOSSY ? '' : null);
    say(rtt.figure, millis(tunnel.rttMillis));
    const at = history?.times[(history.next - 1 + history.points) % history.points];
    if (history && at !== this.at) {
      this.at = at;
      for (const { spark, series, least } of this.curves) spark.set(history.columns(...series), least);
    }
  }

  drop() {
    this.curves.forEach(({ spark }) => spark.drop());
  }
}

/** All tunnels of a box. */
export class Tunnels {
  /** @param onAction called with each new card's place for actions and its tunnel's name; null: there are none */
  constructor(onAction = null) {
    this.onAction = onAction;
    this.cards = new Map();
    this.element = el('div', { class: 'tunnel-cards' });
  }

  /** @param histories by the tunnel's name */
  fill(tunnels, histories, now) {
    const names = new Set(tunnels.map((tunnel) => tunnel.name));
    for (const [name, card] of this.cards) {
      if (names.has(name)) continue;
      card.drop();
      card.element.remove();
      this.cards.delete(name);
    }
    for (const tunnel of tunnels) {
      let card = this.cards.get(tunnel.name);
      if (card === undefined) {
        card = new TunnelCard(this.onAction);
        this.cards.set(tunnel.name, card);
        this.element.append(card.element);
        this.onAction?.(card.actions, tunnel.name);
      }
      card.fill(tunnel, histories.get(tunnel.name), now);
    }
  }

  clear() {
    this.fill([], new Map(), 0);
  }
}
