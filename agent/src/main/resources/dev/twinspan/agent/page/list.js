// A list of any length of which only what is in sight is there, moved through by keys.
import { el, mark } from './dom.js';

/** Rows beyond either edge, so that a flick of the wheel shows no gap. */
const SPARE = 6;

let lists = 0;

export class VirtualList {
  /**
   * @param options rowHeight in pixels; create() makes a row's element; update(element, item) fills it;
   *     key(item) stays the same while the item does; onOpen(item); role; label; head: a first row that
   *     stays in sight; onSide(item, direction): left or right was pressed
   */
  constructor(options) {
    this.options = options;
    this.items = [];
    this.rows = [];
    this.active = 0;
    this.activeKey = null;
    this.selectedKey = null;
    this.id = `list${lists++}`;
    this.space = el('div', { class: 'space', role: 'rowgroup' });
    this.element = el('div', {
      class: 'list', role: options.role ?? 'grid', tabindex: '0', 'aria-label': options.label,
      scroll: () => this.refresh(),
      keydown: (event) => this.#key(event),
      focus: () => this.refresh(),
    });
    if (options.head) this.element.append(el('div', { role: 'rowgroup', class: 'head' }, options.head));
    this.element.append(this.space);
    new ResizeObserver(() => this.refresh()).observe(this.element);
  }

  /** Shows these; whoever was active stays so. */
  set(items) {
    this.items = items;
    const found = this.activeKey === null ? -1 : items.findIndex((item) => this.options.key(item) === this.activeKey);
    this.active = found >= 0 ? found : Math.min(this.active, Math.max(0, items.length - 1));
    this.activeKey = items.length > 0 ? this.options.key(items[this.active]) : null;
    this.space.style.height = `${items.length * this.options.rowHeight}px`;
    mark(this.element, 'aria-rowcount', items.length + (this.options.head ? 1 : 0));
    this.refresh();
  }

  select(key) {
    this.selectedKey = key;
    this.refresh();
  }

  /** Fills what is in sight anew. */
  refresh() {
    const { rowHeight, update, key } = this.options;
    if (this.element.clientHeight === 0) return;
    const first = Math.max(0, Math.floor(this.element.scrollTop / rowHeight) - SPARE);
    const wanted = Math.min(this.items.length - first, Math.ceil(this.element.clientHeight / rowHeight) + 2 * SPARE);
    while (this.rows.length < wanted) this.#addRow();
    this.rows.forEach((row, index) => {
      const at = first + index;
      row.hidden = index >= wanted;
      if (row.hidden) {
        row.item = null;
        return;
      }
      const item = this.items[at];
      row.item = item;
      row.at = at;
      row.style.transform = `translateY(${at * rowHeight}px)`;
      mark(row, 'aria-rowindex', at + (this.options.head ? 2 : 1));
      row.classList.toggle('active', at === this.active);
      mark(row, 'aria-selected', String(key(item) === this.selectedKey));
      update(row, item);
    });
    const active = this.rows.find((row) => row.item !== null && row.at === this.active);
    mark(this.element, 'aria-activedescendant', active ? active.id : null);
  }

  #addRow() {
    const row = this.options.create();
    row.id = `${this.id}-${this.rows.length}`;
    row.classList.add('row');
    row.style.height = `${this.options.rowHeight}px`;
    mark(row, 'role', 'row');
    row.addEventListener('click', () => {
      this.#go(row.at);
      this.options.onOpen(row.item);
    });
    this.rows.push(row);
    this.space.append(row);
  }

  #key(event) {
    if (event.target !== this.element || event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.options.rowHeight) - 2);
    const to = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + page,
      PageUp: this.active - page,
      Home: 0,
      End: this.items.length - 1,
    }[event.key];
    const item = this.items[this.active];
    if (to !== undefined) this.#go(to);
    else if ((event.key === 'Enter' || event.key === ' ') && item) this.options.onOpen(item);
    else if ((event.key === 'ArrowLeft' || event.key === 'ArrowRight') && item) this.options.onSide?.(item, event.key === 'ArrowRight');
    else return;
    event.preventDefault();
  }

  #go(to) {
    if (this.items.length === 0) return;
    this.active = Math.min(this.items.length - 1, Math.max(0, to));
    this.activeKey = this.options.key(this.items[this.active]);
    const { rowHeight } = this.options;
    const head = this.element.querySelector('.head')?.offsetHeight ?? 0;
    const top = this.active * rowHeight;
    const view = this.element;
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top + rowHeight > view.scrollTop + view.clientHeight - head) view.scrollTop = top + rowHeight - view.clientHeight + head;
    this.refresh();
  }
}
