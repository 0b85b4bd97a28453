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

/** What the doctor would change: cause and what it is about, then a line for each. */
export function fillRemedies(part, list, findings) {
  part.hidden = findings.every((finding) => finding.fixes.length === 0);
  redo(list, JSON.stringify(findings), () => findings.flatMap((finding) => [
    el('dt', { title: finding.title }, finding.about === '' ? finding.cause : `${finding.cause} · ${finding.about}`),
    ...finding.fixes.map((fix) => el('dd', {}, fix)),
  ]));
}
