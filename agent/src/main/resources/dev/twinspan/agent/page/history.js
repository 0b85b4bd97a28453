// The latest values of something that is told again and again. Pure; so many points and no more.

export class History {
  /** @param series how many values there are at each time */
  constructor(series, points = 60) {
    this.points = points;
    this.times = new Float64Array(points);
    this.values = Array.from({ length: series }, () => new Float32Array(points));
    this.size = 0;
    this.next = 0;
  }

  /** @param values NaN: not known */
  add(time, values) {
    this.times[this.next] = time;
    this.values.forEach((column, index) => { column[this.next] = values[index]; });
    this.next = (this.next + 1) % this.points;
    this.size = Math.min(this.size + 1, this.points);
  }

  /** Times in seconds and the values of some series, oldest first, as uPlot takes them; null: not known. */
  columns(...wanted) {
    const start = (this.next - this.size + this.points) % this.points;
    const at = (index) => (start + index) % this.points;
    const times = Array.from({ length: this.size }, (_, index) => this.times[at(index)] / 1000);
    return [times, ...wanted.map((series) =>
      Array.from({ length: this.size }, (_, index) => {
        const value = this.values[series][at(index)];
        return Number.isNaN(value) ? null : value;
      }))];
  }

  /** The largest known value of a series; 0 when none is. */
  top(series) {
    let top = 0;
    for (let index = 0; index < this.size; index++) {
      if (this.values[series][index] > top) top = this.values[series][index];
    }
    return top;
  }
}
