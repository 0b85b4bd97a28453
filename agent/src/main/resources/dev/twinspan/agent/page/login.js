// Who to be at the broker. A password is in memory, and in this tab's session storage where that is asked for.
import { say } from './dom.js';

const KEY = 'twinspan.login';

export class Login {
  /** @param onLogin called with user and password, both empty for a client certificate of the browser */
  constructor(dialog, broker, onLogin) {
    this.dialog = dialog;
    this.onLogin = onLogin;
    this.form = dialog.querySelector('form');
    this.why = dialog.querySelector('.why');
    say(dialog.querySelector('.broker'), broker);
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#enter();
    });
    // There is nothing behind it to go back to.
    dialog.addEventListener('cancel', (event) => event.preventDefault());
  }

  /** With what this tab remembers, or asks. */
  start() {
    const kept = this.#kept();
    if (kept !== null) this.onLogin(kept.user, kept.password);
    else this.ask('');
  }

  ask(why) {
    sessionStorage.removeItem(KEY);
    say(this.why, why);
    if (!this.dialog.open) this.dialog.showModal();
    this.form.elements.user.select();
  }

  #enter() {
    const { user, password, remember } = this.form.elements;
    if (remember.checked) sessionStorage.setItem(KEY, JSON.stringify({ user: user.value, password: password.value }));
    this.dialog.close();
    this.onLogin(user.value, password.value);
    password.value = '';
  }

  #kept() {
    try {
      return JSON.parse(sessionStorage.getItem(KEY));
    } catch {
      return null;
    }
  }
}
