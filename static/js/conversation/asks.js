// Questions on their way. Each has an id of its own: sent twice, it counts once. One that wasn't
// confirmed is kept, over a lost connection and over a reload, and sent again.

import { newId, submitPlain } from "./dom.js";

const RESEND_AFTER = 10_000;

export class Asks {
  #key;
  #conversation;
  #thread;
  #socket;
  #timers = new Map();

  constructor({ conversation, thread, socket }) {
    this.#conversation = conversation;
    this.#key = `asked:${conversation}`;
    this.#thread = thread;
    this.#socket = socket;
  }

  get waiting() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#key) ?? "[]");
    } catch {
      return [];
    }
  }

  ask({ text, cause = "ask", supersedes = null, client_id = newId() }) {
    const ask = { type: "ask", client_id, text, cause, supersedes };
    if (this.#socket.state === "blocked") return this.#sendAsPage(ask);
    this.#keep([...this.waiting, ask]);
    this.#thread.pending(ask);
    this.#send(ask);
  }

  // After a reload or a lost connection: show and send what was never confirmed.
  resend() {
    for (const ask of this.waiting) {
      if (!document.querySelector(`[data-client="${CSS.escape(ask.client_id)}"]`)) {
        this.#thread.pending(ask);
      }
      this.#send(ask);
    }
  }

  confirmed(client) {
    clearTimeout(this.#timers.get(client));
    this.#keep(this.waiting.filter((ask) => ask.client_id !== client));
  }

  // The server said no: take the question back and return it, so that its words aren't lost.
  refused(client) {
    const ask = this.waiting.find((each) => each.client_id === client);
    if (!ask) return null;
    this.confirmed(client);
    this.#thread.withdraw(ask);
    return ask;
  }

  // Sockets turned out to be blocked: what waits goes as a page.
  sendAsPages() {
    const [first] = this.waiting;
    if (first) {
      this.confirmed(first.client_id);
      this.#sendAsPage(first);
    }
  }

  #send(ask) {
    clearTimeout(this.#timers.get(ask.client_id));
    if (!this.#socket.send(ask)) return;
    this.#timers.set(ask.client_id, setTimeout(() => this.#send(ask), RESEND_AFTER));
  }

  #sendAsPage({ client_id, text, cause, supersedes }) {
    const action =
      cause === "edit"
        ? `/t/${supersedes}/edit/`
        : cause === "regenerate"
          ? `/t/${supersedes}/again/`
          : `/c/${this.#conversation}/ask/`;
    submitPlain(action, { client_id, text });
  }

  #keep(asks) {
    try {
      if (asks.length) sessionStorage.setItem(this.#key, JSON.stringify(asks));
      else sessionStorage.removeItem(this.#key);
    } catch {
      // Storage is blocked: the question is still on the page and on its way.
    }
  }
}
