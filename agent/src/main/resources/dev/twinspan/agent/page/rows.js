// A row of the list of boxes, and what fills it.
import { el, mark, say } from './dom.js';
import { explain } from './explain.js';
import { LOSSY, ofTunnel } from './severity.js';
import { draw, shape } from './shapes.js';
import { Spark } from './spark.js';
import { bits, lasting, millis, percent } from './words.js';

const COLUMNS = [
  ['state', 'State'], ['name', 'Box'], ['tunnels', 'Tunnels'], ['why', 'Why'], ['rate', 'Throughput'],
  ['loss', 'Loss'], ['rtt', 'Latency'], ['version', 'Version'], ['heard', 'Heard'],
];

export const boxHead = () => el('div', { class: 'row-head box-row', role: 'row', 'aria-rowindex': '1' },
  ...COLUMNS.map(([name, title]) => el('div', { class: name, role: 'columnheader' }, title)));

/** More tunnels than that are told by number. */
const MOST_SHAPES = 5;

export function boxRow() {
  const row = el('div', { class: 'box-row' });
  const cell = (name, ...children) => {
    const made = el('div', { class: name, role: 'gridcell' }, ...children);
    row.append(made);
    return made;
  };
  row.parts = {
    shape: shape('unknown'),
    word: el('span', { class: 'word' }),
    device: el('span', { class: 'device' }),
    site: el('span', { class: 'site' }),
    rate: el('span', { class: 'figure' }),
    spark: new Spark(84, 22, '--in'),
  };
  const { parts } = row;
  cell('state', parts.shape, parts.word);
  cell('name', parts.device, parts.site);
  parts.tunnels = cell('tunnels');
  parts.why = cell('why');
  cell('rate', parts.spark.element, parts.rate);
  for (const name of ['loss', 'rtt', 'version', 'heard']) parts[name] = cell(name);
  return row;
}

export function fillBoxRow(row, box, now) {
  const { parts } = row;
  mark(row, 'data-severity', box.severity);
  draw(parts.shape, box.severity);
  say(parts.word, box.severity);
  say(parts.device, box.device);
  say(parts.site, box.site);
  fillTunnels(parts.tunnels, box);
  say(parts.why, explain(box, now)[0] ?? '');
  say(parts.rate, box.health === null ? '–' : bits(box.inBits + box.outBits));
  say(parts.loss, percent(box.loss));
  mark(parts.loss, 'data-bad', box.loss > LOSSY ? '' : null);
  say(parts.rtt, millis(box.rtt));
  say(parts.version, box.version || '–');
  say(parts.heard, lasting(now - box.heard));
  if (parts.drawn !== box.throughput || parts.at !== box.heard) {
    parts.drawn = box.throughput;
    parts.at = box.heard;
    parts.spark.set(box.throughput?.columns(0) ?? [[], []], 1e5);
  }
}

/** A shape for each tunnel; for who listens the same in one text. */
function fillTunnels(cell, box) {
  const tunnels = box.severity === 'lost' || box.severity === 'away' ? [] : box.health?.tunnels ?? [];
  const key = tunnels.map((tunnel) => ofTunnel(tunnel)).join();
  if (cell.madeFrom === key) return;
  cell.madeFrom = key;
  const carrying = tunnels.filter((tunnel) => ['well', 'suspect'].includes(ofTunnel(tunnel))).length;
  const shapes = tunnels.slice(0, MOST_SHAPES).map((tunnel) => {
    const kind = ofTunnel(tunnel);
    const made = shape(kind);
    made.classList.add(`is-${kind}`);
    return made;
  });
  cell.replaceChildren(...shapes, el('span', { class: 'of' }, tunnels.length === 0 ? '' : `${carrying} of ${tunnels.length}`));
}
