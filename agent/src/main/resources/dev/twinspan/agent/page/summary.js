// Boxes by severity, which also filters; traffic of all.
import { el, mark, say } from './dom.js';
import { MEANING, SEVERITIES } from './severity.js';
import { shape } from './shapes.js';
import { bits, count, many } from './words.js';

export class Summary {
  /** @param chosen a set of severities, changed here */
  constructor(element, chosen, onChange) {
    this.chips = new Map();
    this.chosen = chosen;
    this.total = el('span', { class: 'total' });
    this.traffic = el('span', { class: 'traffic' });
    const chips = SEVERITIES.map((severity) => {
      const number = el('b', {}, '0');
      const chip = el('button', {
        type: 'button', class: 'chip', 'data-severity': severity, 'aria-pressed': 'false', title: MEANING[severity],
        click: () => {
          if (!chosen.delete(severity)) chosen.add(severity);
          mark(chip, 'aria-pressed', String(chosen.has(severity)));
          onChange();
        },
      }, shape(severity), number, ' ', severity);
      this.chips.set(severity, { chip, number });
      return chip;
    });
    element.append(el('div', { class: 'chips', role: 'group', 'aria-label': 'Show only' }, ...chips), this.total, this.traffic);
  }

  fill(summary) {
    for (const [severity, { chip, number }] of this.chips) {
      say(number, count(summary.counts[severity]));
      chip.classList.toggle('none', summary.counts[severity] === 0);
    }
    say(this.total, `${many(summary.boxes, 'box', 'boxes')} at ${many(summary.sites, 'site')}`);
    say(this.traffic, `in ${bits(summary.inBits)} · out ${bits(summary.outBits)}`);
  }

  clear() {
    this.chosen.clear();
    for (const { chip } of this.chips.values()) mark(chip, 'aria-pressed', 'false');
  }
}
