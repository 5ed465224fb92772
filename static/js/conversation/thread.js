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
    return this.#all("[data-running]");
  }

  get isBusy() {
    return this.#all("[data-running], .turn-pending").length > 0;
  }

  #all(selector) {
    return [this.#log, this.#running].flatMap((home) => [...home.querySelectorAll(selector)]);
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
    const old = supersedes && document.getElementById(`turn-${supersedes}`);
    if (old) old.hidden = true;
    if (old?.nextElementSibling) old.before(turn);
    else this.#running.append(turn);
    this.#onchange();
  }

  // Takes a question back that the server refused.
  withdraw({ client_id: client, supersedes }) {
    this.#pendingOf(client)?.remove();
    if (supersedes) document.getElementById(`turn-${supersedes}`)?.removeAttribute("hidden");
    this.#onchange();
  }

  // A whole turn, rendered by the server: put it in, or in place of what stood there.
  show({ html, replaces }) {
    const turn = parse(html);
    const { turn: id, client } = turn.dataset;
    const old = document.getElementById(`turn-${id}`);
    const pending = this.#pendingOf(client);
    const replaced = replaces ? document.getElementById(`turn-${replaces}`) : null;
    const isRunning = turn.hasAttribute("data-running");
    const wasRunning = Boolean(pending) || Boolean(old?.hasAttribute("data-running"));
    const hadFocus = Boolean(old?.contains(document.activeElement));
    if (isRunning) this.#placeRunning(turn, old ?? pending, replaced);
    else this.#placeFinished(turn);
    for (const gone of [old, pending, replaced]) gone?.remove();
    window.htmx?.process(turn);
    this.#seen.set(id, Number(turn.dataset.seq));
    this.#asked.delete(id);
    if (wasRunning && !isRunning) this.#announce(turn.dataset.announce);
    if (hadFocus && !isRunning) document.getElementById("question").focus({ preventScroll: true });
    this.#watchSlow();
    this.#onchange();
    this.#follow();
  }

  // A message of the team: put it where it belongs, once.
  message({ message: id, html }) {
    const message = parse(html);
    const old = document.getElementById(`message-${id}`);
    this.#placeFinished(message);
    old?.remove();
    this.#log.dataset.lastMessage = Math.max(this.lastMessage, id);
    if (!old) this.#announce(message.dataset.announce);
    this.#follow();
  }

  get lastMessage() {
    return Number(this.#log.dataset.lastMessage);
  }

  #pendingOf(client) {
    return this.#all(".turn-pending").find((turn) => turn.dataset.client === client);
  }

  #placeRunning(turn, old, replaced) {
    if (old) old.before(turn);
    else if (replaced?.nextElementSibling) replaced.before(turn);
    else this.#running.append(turn);
  }

  #placeFinished(turn) {
    const later = [...this.#log.children].find(
      (other) => Number(other.dataset.position) > Number(turn.dataset.position),
    );
    this.#log.insertBefore(turn, later ?? null);
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
