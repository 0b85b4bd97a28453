// The fleet's page: what comes by the link goes into the model, and what is in sight is drawn from it now and then.
import { Actions } from './actions.js';
import { Commands } from './commands.js';
import { Detail } from './detail.js';
import { el, mark, say } from './dom.js';
import { Happenings } from './happenings.js';
import { Link } from './link.js';
import { Rebirths } from './rebirths.js';
import { VirtualList } from './list.js';
import { Login } from './login.js';
import { Fleet } from './model.js';
import { shown } from './order.js';
import { boxHead, boxRow, fillBoxRow } from './rows.js';
import { Sites } from './sites.js';
import { Summary } from './summary.js';
import { Versions } from './versions.js';
import { clock, count } from './words.js';

const DRAW_MILLIS = 500;

const find = (id) => document.getElementById(id);

class Page {
  constructor(broker) {
    this.fleet = new Fleet();
    this.commands = new Commands();
    this.fleet.onAck = (box, told, now) => this.commands.ack(box, told, now);
    this.severities = new Set();
    this.drawn = -1;
    this.view = 'boxes';
    this.link = new Link(broker, {
      message: (topic, payload) => this.fleet.take(topic, payload, Date.now()),
      connected: () => this.#tellLink('on', `connected to ${broker}`),
      lost: (why) => this.#tellLink('off', `no link to ${broker} since ${clock(Date.now())}: ${why}; what is shown is of then`),
      refused: (why) => {
        this.#tellLink('off', 'not logged in');
        this.login.ask(why);
      },
    });
    this.rebirths = new Rebirths((command, failed) => this.link.send(command, failed));
    this.fleet.onGap = (box, now) => this.rebirths.ask(box, now);
    const now = () => Date.now();
    this.boxes = new VirtualList({
      rowHeight: 34,
      label: 'Boxes, worst first',
      head: boxHead(),
      create: boxRow,
      update: (row, box) => fillBoxRow(row, box, Date.now()),
      key: (box) => box.id,
      onOpen: (box) => this.open(box),
    });
    this.sites = new Sites((box) => this.open(box), now);
    this.happenings = new Happenings((box) => this.open(box), now);
    this.versions = new Versions((version) => {
      this.query.value = version;
      this.#show('boxes');
      this.filter();
    });
    this.actions = new Actions(find('confirm'), this.commands, (command, failed) => this.link.send(command, failed));
    this.detail = new Detail(find('detail'), this.actions, () => this.close());
    this.summary = new Summary(find('summary'), this.severities, () => this.filter());
    this.login = new Login(find('login'), broker, (user, password) => {
      this.#tellLink('wait', `connecting to ${broker}`);
      this.rebirths.again();
      this.link.connect(user, password);
    });
    this.query = find('query');
    this.query.addEventListener('input', () => this.filter());
    find('log-out').addEventListener('click', () => {
      this.link.close();
      this.#tellLink('off', 'not logged in');
      this.login.ask('');
    });
    this.#makeTabs();
    document.addEventListener('keydown', (event) => this.#key(event));
    addEventListener('hashchange', () => this.#follow());
    setInterval(() => this.draw(), DRAW_MILLIS);
    this.login.start();
  }

  /** What is looked for has changed. */
  filter() {
    performance.mark('filter');
    this.draw(true);
    performance.measure('filter', 'filter');
  }

  open(box) {
    performance.mark('open');
    this.opener = document.activeElement;
    this.link.watch(box);
    document.body.classList.add('open');
    this.detail.open(box);
    this.boxes.select(box.id);
    history.replaceState(null, '', `#${encodeURIComponent(box.site)}/${encodeURIComponent(box.device)}`);
    performance.measure('open', 'open');
  }

  close() {
    this.link.watch(null);
    this.detail.close();
    document.body.classList.remove('open');
    this.boxes.select(null);
    history.replaceState(null, '', location.pathname);
    this.opener?.focus();
  }

  /** @param asked a person waits for it */
  draw(asked = false) {
    if (document.hidden && !asked) return;
    const now = Date.now();
    this.commands.tick(now);
    if (asked || this.drawn !== this.fleet.version) {
      this.drawn = this.fleet.version;
      this.#drawView();
      this.summary.fill(this.fleet.summary());
      this.#follow();
    } else {
      this.#current().refresh?.();
    }
    this.detail.fill(now);
    this.#tellRefused();
  }

  #drawView() {
    const kept = shown(this.fleet.boxes.values(), this.query.value, this.severities);
    if (this.view === 'boxes') this.boxes.set(kept);
    else if (this.view === 'sites') this.sites.set(kept);
    else if (this.view === 'versions') this.versions.set(kept);
    else {
      const ids = new Set(kept);
      this.happenings.set(this.fleet.events.filter(({ box }) => ids.has(box)));
    }
    const narrowed = kept.length !== this.fleet.boxes.size;
    say(find('kept'), narrowed ? `${count(kept.length)} of ${count(this.fleet.boxes.size)} shown` : '');
    find('empty').hidden = this.fleet.boxes.size > 0 && kept.length > 0;
    say(find('empty'), this.fleet.boxes.size === 0 ? 'No box has spoken yet.' : 'No box is like that.');
  }

  #current() {
    return { boxes: this.boxes, sites: this.sites.list, events: this.happenings.list, versions: {} }[this.view];
  }

  /** A page opened by a link to a box. */
  #follow() {
    if (this.detail.box !== null || location.hash.length < 2) return;
    const [site, device] = location.hash.slice(1).split('/').map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return '';
      }
    });
    const box = this.fleet.boxes.get(`${site}/${device}`);
    if (box !== undefined) this.open(box);
  }

  #makeTabs() {
    const views = { boxes: this.boxes.element, sites: this.sites.element, events: this.happenings.element, versions: this.versions.element };
    this.tabs = Object.fromEntries(Object.entries(views).map(([name, element]) => {
      const panel = find(`view-${name}`);
      panel.append(element);
      const tab = find(`tab-${name}`);
      tab.addEventListener('click', () => this.#show(name));
      return [name, { tab, panel }];
    }));
  }

  #show(view) {
    this.view = view;
    for (const [name, { tab, panel }] of Object.entries(this.tabs)) {
      mark(tab, 'aria-selected', String(name === view));
      mark(tab, 'tabindex', name === view ? '0' : '-1');
      panel.hidden = name !== view;
    }
    this.draw(true);
  }

  #key(event) {
    const typing = event.target.closest('input, select, dialog');
    const names = Object.keys(this.tabs);
    if (event.target.closest('[role=tablist]') && ['ArrowLeft', 'ArrowRight'].includes(event.key)) {
      const step = event.key === 'ArrowRight' ? 1 : names.length - 1;
      const next = names[(names.indexOf(this.view) + step) % names.length];
      this.#show(next);
      this.tabs[next].tab.focus();
    } else if (event.key === '/' && !typing) {
      this.query.focus();
    } else if (event.key === 'Escape' && event.target === this.query) {
      this.query.value = '';
      this.summary.clear();
      this.filter();
    } else if (event.key === 'ArrowDown' && event.target === this.query) {
      this.#current().element?.focus();
    } else {
      return;
    }
    event.preventDefault();
  }

  #tellLink(kind, text) {
    const place = find('link');
    mark(place, 'data-link', kind);
    say(place.querySelector('.text'), text);
  }

  #tellRefused() {
    const { malformed, tooMany } = this.fleet.refused;
    const parts = [];
    if (malformed > 0) parts.push(`${count(malformed)} messages not understood`);
    if (tooMany > 0) parts.push(`${count(tooMany)} messages of boxes beyond ${count(this.fleet.most.boxes)}`);
    say(find('refused'), parts.join(' · '));
  }
}

const config = await (await fetch('config.json')).json();
// For a look from the browser's console.
globalThis.twinspan = new Page(config.broker);
document.body.append(el('div', { hidden: true, id: 'ready' }));
