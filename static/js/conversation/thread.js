// The turns on the page. Finished ones stand in the log, the one being answered stands below it,
// so that a screen reader hears each message once and whole, never token by token.

import { parse } from "./dom.js";

const SLOW_AFTER = 6_000;

export class Thread {
  #log;
  #running;
  #announce;
  #follow;
  #onchange;
  #seen = new Map();
  #asked = new Set();
  #slow = null;

  constructor({ log, running, announce, follow, onchange }) {
    this.#log = log;
    this.#running = running;
    this.#announce = announce;
    this.#follow = follow;
    this.#onchange = onchange;
    for (const turn of this.running) this.#seen.set(turn.dataset.turn, Number(turn.dataset.seq));
    this.#watchSlow();
  }

  get running() {
    return [...this.#running.querySelectorAll(".turn[data-turn]")];
  }

  get isBusy() {
    return this.#running.childElementCount > 0;
  }

  // Where a follower left off, for "follow" frames.
  after(id) {
    return this.#seen.get(id) ?? 0;
  }

  // Shows a question at once, before the server has confirmed it.
  pending({ client_id: client, text, supersedes }) {
    const template = document.getElementById("pending-template");
    const turn = template.content.firstElementChild.cloneNode(true);
    turn.dataset.client = client;
    turn.querySelector(".question-text").textContent = text;
    document.querySelector(".welcome")?.remove();
    if (supersedes) document.getElementById(`turn-${supersedes}`)?.setAttribute("hidden", "");
    this.#running.append(turn);
    this.#onchange();
    return turn;
  }

  // Takes a question back that the server refused.
  withdraw({ client_id: client, supersedes }) {
    this.#running.querySelector(`[data-client="${CSS.escape(client)}"]`)?.remove();
    if (supersedes) document.getElementById(`turn-${supersedes}`)?.removeAttribute("hidden");
    this.#onchange();
  }

  // A whole turn, rendered by the server: put it in, or in place of what stood there.
  show({ html, replaces }) {
    const turn = parse(html);
    const id = turn.dataset.turn;
    if (replaces) document.getElementById(`turn-${replaces}`)?.remove();
    const client = CSS.escape(turn.dataset.client ?? "");
    const pending = this.#running.querySelector(`.turn-pending[data-client="${client}"]`);
    const old = document.getElementById(`turn-${id}`);
    const hadFocus = Boolean(old?.contains(document.activeElement));
    const wasRunning = Boolean(pending) || this.#running.contains(old);
    pending?.remove();
    const isRunning = turn.hasAttribute("data-running");
    this.#place(turn, old, isRunning);
    this.#seen.set(id, Number(turn.dataset.seq ?? 0));
    this.#asked.delete(id);
    if (wasRunning && !isRunning) this.#announce(turn.dataset.announce ?? "Answer finished.");
    if (hadFocus && !isRunning) document.getElementById("question").focus({ preventScroll: true });
    this.#watchSlow();
    this.#onchange(turn);
  }

  #place(turn, old, isRunning) {
    const home = isRunning ? this.#running : this.#log;
    if (old && old.parentElement === home) old.replaceWith(turn);
    else {
      old?.remove();
      home.append(turn);
    }
    window.htmx?.process(turn);
    this.#follow();
  }

  // Returns false where frames are missing in between, so that the caller asks for them.
  stage(frame) {
    return this.#inOrder(frame, (turn) => {
      const stage = turn.querySelector(".stage");
      if (stage) stage.textContent = frame.label;
    });
  }

  token(frame) {
    return this.#inOrder(frame, (turn) => {
      const streamed = turn.querySelector(".streamed");
      if (!streamed.textContent) this.#begin(turn);
      streamed.append(frame.text);
      this.#follow();
    });
  }

  #begin(turn) {
    turn.querySelector(".stage").hidden = true;
    this.#announce("Answer started.");
  }

  #inOrder(frame, apply) {
    const turn = document.getElementById(`turn-${frame.turn}`);
    if (!turn?.hasAttribute("data-running")) return true;
    const last = this.after(frame.turn);
    if (frame.seq <= last) return true;
    if (frame.seq > last + 1) return this.#isAskedFor(frame.turn);
    this.#asked.delete(frame.turn);
    this.#seen.set(frame.turn, frame.seq);
    apply(turn);
    this.#watchSlow();
    return true;
  }

  // A gap is asked for once; frames that arrive meanwhile come again in the reply.
  #isAskedFor(id) {
    const asked = this.#asked.has(id);
    this.#asked.add(id);
    return asked;
  }

  forgetGaps() {
    this.#asked.clear();
  }

  // Says so where nothing has come for a while; silence must not look like a broken page.
  #watchSlow() {
    clearTimeout(this.#slow);
    if (!this.isBusy) return;
    this.#slow = setTimeout(() => {
      for (const stage of this.#running.querySelectorAll(".stage:not([hidden])")) {
        stage.textContent = "This is taking longer than usual. You can wait, or stop it.";
      }
    }, SLOW_AFTER);
  }
}
