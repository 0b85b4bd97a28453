// The map: site → box → tunnels.
import { el, mark, say } from './dom.js';
import { explain } from './explain.js';
import { VirtualList } from './list.js';
import { mapRows } from './order.js';
import { SEVERITIES, ofTunnel } from './severity.js';
import { draw, shape } from './shapes.js';
import { bits, many, millis, percent } from './words.js';

/** Of a site's boxes, worst first; the rest is told by number. */
const MOST_SHAPES = 48;

function row() {
  const made = el('div', { class: 'map-row' });
  made.parts = {
    fold: el('span', { class: 'fold', 'aria-hidden': 'true' }),
    shape: shape('unknown'),
    name: el('span', { class: 'device' }),
    word: el('span', { class: 'word' }),
    shapes: el('div', { class: 'shapes', role: 'gridcell' }),
    figure: el('div', { class: 'figure', role: 'gridcell' }),
  };
  const { fold, shape: mark, name, word, shapes, figure } = made.parts;
  made.append(el('div', { class: 'name', role: 'gridcell' }, fold, mark, name, word), shapes, figure);
  return made;
}

function fillSite(parts, item) {
  const { boxes } = item;
  draw(parts.shape, boxes[0].severity);
  say(parts.name, item.site);
  say(parts.word, many(boxes.length, 'box', 'boxes'));
  const key = boxes.map((box) => box.rank).join('');
  if (parts.shapes.madeFrom !== key) {
    parts.shapes.madeFrom = key;
    const counts = new Map();
    for (const box of boxes) counts.set(box.severity, (counts.get(box.severity) ?? 0) + 1);
    const told = SEVERITIES.filter((severity) => counts.has(severity)).map((severity) => `${counts.get(severity)} ${severity}`).join(', ');
    parts.shapes.replaceChildren(
      ...boxes.slice(0, MOST_SHAPES).map((box) => {
        const made = shape(box.severity);
        made.classList.add(`is-${box.severity}`);
        return made;
      }),
      el('span', { class: 'of' }, told));
  }
  say(parts.figure, bits(boxes.reduce((sum, box) => sum + box.inBits + box.outBits, 0)));
}

function fillText(parts, text, figure) {
  if (parts.shapes.madeFrom !== text) {
    parts.shapes.madeFrom = text;
    parts.shapes.replaceChildren(el('span', { class: 'why' }, text));
  }
  say(parts.figure, figure);
}

function fill(made, item, now) {
  const { parts } = made;
  mark(made, 'data-kind', item.kind);
  mark(made, 'aria-level', item.level);
  mark(made, 'aria-expanded', item.open === null ? null : String(item.open));
  say(parts.fold, item.open === null ? '' : item.open ? '▾' : '▸');
  if (item.kind === 'site') {
    mark(made, 'data-severity', item.boxes[0].severity);
    fillSite(parts, item);
  } else if (item.kind === 'box') {
    mark(made, 'data-severity', item.box.severity);
    draw(parts.shape, item.box.severity);
    say(parts.name, item.box.device);
    say(parts.word, item.box.severity);
    fillText(parts, explain(item.box, now)[0] ?? '', bits(item.box.inBits + item.box.outBits));
  } else {
    const kind = ofTunnel(item.tunnel);
    mark(made, 'data-severity', kind);
    draw(parts.shape, kind);
    say(parts.name, item.tunnel.name);
    say(parts.word, item.tunnel.state);
    const { inBits, outBits, lossIn, rttMillis } = item.tunnel;
    fillText(parts, item.tunnel.sentence, `${bits(inBits + outBits)} · ${percent(lossIn)} · ${millis(rttMillis)}`);
  }
}

export class Sites {
  constructor(onOpen, clock) {
    this.unfolded = new Set();
    this.boxes = [];
    this.list = new VirtualList({
      rowHeight: 30,
      role: 'treegrid',
      label: 'Sites, their boxes and tunnels, worst first',
      create: row,
      update: (made, item) => fill(made, item, clock()),
      key: (item) => item.key,
      onOpen: (item) => item.kind === 'site' ? this.#fold(item, !item.open) : onOpen(item.box),
      onSide: (item, right) => {
        if (item.open !== null) this.#fold(item, right);
      },
    });
    this.element = this.list.element;
  }

  set(boxes) {
    this.boxes = boxes;
    this.list.set(mapRows(boxes, this.unfolded));
  }

  #fold(item, open) {
    if (open) this.unfolded.add(item.key);
    else this.unfolded.delete(item.key);
    this.list.set(mapRows(this.boxes, this.unfolded));
  }
}
