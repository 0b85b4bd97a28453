// A small curve, drawn by uPlot.
import uPlot from './uplot/uPlot.esm.js';

const NOTHING = { show: false };
const HIDDEN = [NOTHING, NOTHING];

const colour = (name) => () => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const all = new Set();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => all.forEach((spark) => spark.redraw()));

export class Spark {
  /** @param colours names of style properties, one for each curve; the first is filled */
  constructor(width, height, ...colours) {
    this.element = document.createElement('div');
    this.element.className = 'spark';
    // The figures stand beside it as text.
    this.element.setAttribute('aria-hidden', 'true');
    this.top = 1;
    this.plot = new uPlot({
      width,
      height,
      padding: [1, 0, 1, 0],
      pxAlign: false,
      cursor: NOTHING,
      select: NOTHING,
      legend: NOTHING,
      axes: HIDDEN,
      scales: { x: { time: false }, y: { range: () => [0, this.top] } },
      series: [{}, ...colours.map((name, index) => ({
        stroke: colour(name),
        fill: index === 0 ? colour(`${name}-area`) : undefined,
        width: 1.25,
        points: NOTHING,
        spanGaps: false,
      }))],
    }, [[], ...colours.map(() => [])], this.element);
    this.last = null;
    all.add(this);
  }

  /**
   * @param columns times in seconds, then the values of each curve
   * @param least what the height is for at least
   */
  set(columns, least = 1) {
    this.top = columns.slice(1).reduce((top, values) => values.reduce((most, value) => Math.max(most, value ?? 0), top), least);
    this.plot.setData(columns);
  }

  redraw() {
    this.plot.redraw(true);
  }

  /** It is not shown again. */
  drop() {
    all.delete(this);
    this.plot.destroy();
  }
}
