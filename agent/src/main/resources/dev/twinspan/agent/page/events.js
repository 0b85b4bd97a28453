// Events of one box, newest first, each with the id that log, metrics and status have, too.
import { el, redo } from './dom.js';
import { clock, millis, plain } from './words.js';

export function eventText(event) {
  const marks = [];
  if (Number.isFinite(event.outageMillis)) marks.push(`outage ${millis(event.outageMillis)}`);
  if (event.historical) marks.push('told later');
  if (event.dropped > 0) marks.push(`${event.dropped} before it were let go`);
  if (event.id !== '') marks.push(`event ${event.id}`);
  return marks.join(' · ');
}

export function fillEvents(list, events, now) {
  const newest = events[0];
  redo(list, `${events.length} ${newest?.id} ${newest?.time}`, () =>
    events.length === 0
      ? [el('li', { class: 'none' }, 'None since this page was opened.')]
      : events.map((event) => el('li', {},
        el('time', { datetime: new Date(event.time).toISOString() }, clock(event.time, now)),
        el('div', {},
          el('span', { class: 'code' }, event.tunnel || 'box', ' · ', plain(event.code)),
          el('span', { class: 'marks' }, eventText(event)),
          el('p', {}, event.sentence)))));
}
