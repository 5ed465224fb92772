// Where no socket opens, asks the server for each running turn once a second.

import { parse } from "./dom.js";

const EVERY = 1_000;

export class Polling {
  #thread;
  #show;
  #timer = null;

  constructor({ thread, show }) {
    this.#thread = thread;
    this.#show = show;
  }

  start() {
    this.#timer ??= setInterval(() => this.#poll(), EVERY);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  async #poll() {
    for (const turn of this.#thread.running) {
      const response = await fetch(`/t/${turn.dataset.turn}/`).catch(() => null);
      if (!response?.ok || this.#timer === null) continue;
      const html = await response.text();
      if (parse(html)?.dataset.turn === turn.dataset.turn) this.#show({ html });
    }
  }
}
