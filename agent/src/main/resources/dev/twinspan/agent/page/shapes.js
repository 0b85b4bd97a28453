// A shape for each severity, so that nobody needs the colour.

const SVG = 'http://www.w3.org/2000/svg';

/** In a box of 16 by 16: outline drawn, inside filled. */
const SHAPES = {
  lost: [['path', { d: 'M3 3l10 10M13 3L3 13', class: 'stroke' }]],
  down: [['path', { d: 'M8 1.5L15 14H1z', class: 'fill' }]],
  degraded: [['path', { d: 'M8 1l7 7-7 7-7-7z', class: 'fill' }]],
  suspect: [
    ['circle', { cx: 8, cy: 8, r: 5.6, class: 'line' }],
    ['path', { d: 'M8 2.4a5.6 5.6 0 0 1 0 11.2z', class: 'fill' }],
  ],
  away: [['circle', { cx: 8, cy: 8, r: 5.2, class: 'line' }]],
  unknown: [['path', { d: 'M3 8h10', class: 'stroke' }]],
  well: [['circle', { cx: 8, cy: 8, r: 5, class: 'fill' }]],
};

/** @param label null: a word stands beside it */
export function shape(kind, label = null) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'shape');
  draw(svg, kind);
  if (label === null) {
    svg.setAttribute('aria-hidden', 'true');
  } else {
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
  }
  return svg;
}

/** Makes another of a shape that is there. */
export function draw(svg, kind) {
  if (svg.dataset.kind === kind) return;
  svg.dataset.kind = kind;
  svg.replaceChildren(
    ...SHAPES[kind].map(([tag, attributes]) => {
      const part = document.createElementNS(SVG, tag);
      for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
      return part;
    }));
}
