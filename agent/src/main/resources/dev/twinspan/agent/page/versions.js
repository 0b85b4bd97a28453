// Which versions the boxes run.
import { el, redo } from './dom.js';
import { versions } from './order.js';
import { count, percent } from './words.js';

export class Versions {
  /** @param onChoose called with a version to look for */
  constructor(onChoose) {
    this.onChoose = onChoose;
    this.body = el('tbody');
    this.element = el('div', { class: 'versions', tabindex: '0', role: 'region', 'aria-label': 'Versions' },
      el('table', {},
        el('thead', {}, el('tr', {}, ...['Version', 'Boxes', 'Share'].map((title) => el('th', { scope: 'col' }, title)))),
        this.body));
  }

  set(boxes) {
    const all = versions(boxes);
    redo(this.body, JSON.stringify(all), () => all.slice(0, 200).map(({ version, boxes: number }) =>
      el('tr', {},
        el('th', { scope: 'row' }, el('button', { type: 'button', class: 'link', click: () => this.onChoose(version) }, version || 'not told')),
        el('td', {}, count(number)),
        el('td', {}, el('meter', { min: '0', max: boxes.length, value: number, 'aria-label': `share of ${version}` }), ' ', percent(number / boxes.length)))));
  }
}
