// Commands behind a confirmation, and how they go.
import { VERBS, Commands, command, offered, warning } from './commands.js';
import { el, mark, redo, say } from './dom.js';
import { clock, plain } from './words.js';

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return 'page-' + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Actions {
  /** @param send called with a command and a function that takes why it was not sent */
  constructor(dialog, commands, send) {
    this.dialog = dialog;
    this.commands = commands;
    this.send = send;
    this.pending = null;
    this.form = dialog.querySelector('form');
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      dialog.close();
      this.#go();
    });
    dialog.querySelector('.cancel').addEventListener('click', () => dialog.close());
  }

  /** Buttons for what the box knows; nothing else is offered. */
  fill(place, box, tunnel) {
    const verbs = offered(box, tunnel !== null);
    redo(place, `${box.id} ${verbs}`, () => {
      if (verbs === null) return [el('span', { class: 'none' }, 'It has not said yet what it can be asked.')];
      if (verbs.length === 0 && tunnel === null) return [el('span', { class: 'none' }, 'This agent takes no commands from afar.')];
      return verbs.map((verb) => el('button', { type: 'button', click: () => this.#ask(box, verb, tunnel) }, VERBS[verb].label));
    });
  }

  #ask(box, verb, tunnel) {
    const { label, does, choices = [], interrupts = false } = VERBS[verb];
    this.pending = { box, verb, tunnel };
    say(this.dialog.querySelector('h2'), `${label} ${tunnel ?? box.device}?`);
    say(this.dialog.querySelector('.where'), `${box.device} at ${box.site}`);
    say(this.dialog.querySelector('.does'), `It ${does}.`);
    say(this.dialog.querySelector('.warning'), warning(box, verb, tunnel));
    this.dialog.querySelector('.choices').replaceChildren(...choices.map(({ name, label: title, values }) =>
      el('label', {}, title, el('select', { name }, ...values.map(([value, text]) => el('option', { value: JSON.stringify(value) }, text))))));
    const button = this.dialog.querySelector('[type=submit]');
    say(button, label);
    mark(button, 'data-interrupts', interrupts ? '' : null);
    this.dialog.showModal();
  }

  #go() {
    const { box, verb, tunnel } = this.pending;
    const choices = {};
    for (const select of this.dialog.querySelectorAll('select')) choices[select.name] = JSON.parse(select.value);
    const made = command(box, verb, tunnel, choices, newId());
    this.commands.sent(made, Date.now());
    this.send(made, (why) => this.commands.failed(made.id, why));
  }

  /** How the latest commands go. */
  progress(list, box, now) {
    const all = this.commands.of(box);
    redo(list, JSON.stringify(all), () => all.map((one) => {
      const over = Commands.over(one);
      const known = Number.isFinite(one.percent);
      const bar = over ? [] : [el('progress', { max: '100', value: known ? one.percent : null, 'aria-label': `progress of ${one.verb}` })];
      const words = [one.stage === 'running' && one.step ? plain(one.step) : one.stage, known && !over ? `${Math.round(one.percent)} %` : ''];
      return el('li', { 'data-stage': one.stage },
        el('div', { class: 'title' },
          el('b', {}, plain(one.verb)), one.tunnel ? ` ${one.tunnel}` : '', ' ',
          el('span', { class: 'stage' }, words.filter((word) => word !== '').join(' ')),
          el('time', {}, clock(one.at, now))),
        ...bar,
        el('p', {}, one.sentence ?? ''));
    }));
  }
}
