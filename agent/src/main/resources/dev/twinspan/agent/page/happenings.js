// Events of all boxes, newest first.
import { el, say } from './dom.js';
import { eventText } from './events.js';
import { VirtualList } from './list.js';
import { clock, plain } from './words.js';

const CELLS = ['time', 'name', 'code', 'why', 'marks'];

function row() {
  const made = el('div', { class: 'event-row' });
  made.parts = {};
  for (const name of CELLS) made.append(made.parts[name] = el('div', { class: name, role: 'gridcell' }));
  return made;
}

export class Happenings {
  constructor(onOpen, now) {
    this.list = new VirtualList({
      rowHeight: 30,
      label: 'Events of all boxes, newest first',
      create: row,
      update: ({ parts }, { box, event }) => {
        say(parts.time, clock(event.time, now()));
        say(parts.name, box.device);
        say(parts.code, `${event.tunnel || 'box'} · ${plain(event.code)}`);
        say(parts.why, event.sentence);
        say(parts.marks, eventText(event));
      },
      key: ({ box, event }) => `${box.id} ${event.id} ${event.time}`,
      onOpen: ({ box }) => onOpen(box),
    });
    this.element = this.list.element;
  }

  set(entries) {
    this.list.set(entries);
  }
}
