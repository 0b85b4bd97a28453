// Names and values, two columns.
import { el, redo } from './dom.js';

/** @param facts [name, value]; those without a value are left away */
export function fillFacts(list, facts) {
  const known = facts.filter(([, value]) => value !== '' && value !== '–' && value !== null && value !== undefined);
  redo(list, JSON.stringify(known), () =>
    known.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}

export function fillSentences(list, sentences) {
  redo(list, JSON.stringify(sentences), () => sentences.map((sentence) => el('li', {}, sentence)));
}
