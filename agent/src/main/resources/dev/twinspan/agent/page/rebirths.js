// Asks boxes who and how they are when a report of theirs did not arrive: each once a minute, and few of them, since what is
// missing in many is this page's fault, or the broker's. Pure: time comes in.

const AGAIN_MILLIS = 60000;
const MOST = 5;
const WINDOW_MILLIS = 1000;
const EXPIRY_SECONDS = 10;

export class Rebirths {
  /** @param send (command, failed): failed is called with why the broker did not take it */
  constructor(send) {
    this.send = send;
    /** Box → when it was asked last, oldest first; no more than may be asked within that time. */
    this.asked = new Map();
    this.stopped = false;
    this.window = { from: -Infinity, count: 0 };
  }

  /** Somebody else may be allowed to. */
  again() {
    this.stopped = false;
  }

  /** @returns whether it was asked */
  ask(box, now) {
    for (const [id, at] of this.asked) {
      if (now - at < AGAIN_MILLIS) break;
      this.asked.delete(id);
    }
    if (this.stopped || this.asked.has(box.id)) return false;
    if (now - this.window.from >= WINDOW_MILLIS) this.window = { from: now, count: 0 };
    if (this.window.count >= MOST) return false;
    this.window.count++;
    this.asked.set(box.id, now);
    const base = `twinspan/1/${box.site}/${box.device}`;
    this.send({ topic: `${base}/cmd/rebirth`, payload: '{}', expirySeconds: EXPIRY_SECONDS }, () => { this.stopped = true; });
    return true;
  }
}
