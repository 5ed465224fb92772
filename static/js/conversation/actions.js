// What can be done with a turn: copy, edit, ask again, follow a suggestion, stop.
// Every one of them is a form or a link that works as a page where this file doesn't run.

import { newId, signal } from "./dom.js";

const COPIED_FOR = 2_500;

export class Actions {
  #root;
  #ask;
  #stop;
  #isBusy;
  #announce;

  constructor(root, { ask, stop, isBusy, announce }) {
    this.#root = root;
    this.#ask = ask;
    this.#stop = stop;
    this.#isBusy = isBusy;
    this.#announce = announce;
    root.addEventListener("click", (event) => this.#onClick(event));
    root.addEventListener("submit", (event) => this.#onSubmit(event));
    root.addEventListener("keydown", (event) => this.#onKey(event));
  }

  #onClick(event) {
    const copy = event.target.closest("[data-copy]");
    if (copy) this.#copy(copy);
    const edit = event.target.closest("[data-edit]");
    if (edit && !event.metaKey && !event.ctrlKey) {
      event.preventDefault();
      this.#edit(edit);
    }
    const cancel = event.target.closest("[data-edit-cancel]");
    if (cancel) this.#cancelEdit(cancel.closest(".edit-form"));
  }

  #onSubmit(event) {
    const form = event.target;
    if (form.id === "composer") return;
    if (form.matches("[data-stop-turn]")) {
      if (this.#stop(form.dataset.stopTurn)) event.preventDefault();
    } else if (form.matches("[data-ask]")) {
      event.preventDefault();
      this.#askAgain(form, event.submitter);
    }
  }

  #askAgain(form, submitter) {
    if (this.#isBusy()) {
      this.#announce("An answer is being written. Stop it first, or wait for its end.");
      return;
    }
    const turn = form.closest(".turn");
    const cause = form.dataset.ask;
    const box = form.querySelector("textarea");
    const text = box?.value.trim() || submitter?.value || this.#question(turn);
    if (box) form.remove();
    this.#ask({ text, cause, supersedes: cause === "ask" ? null : turn.dataset.turn });
  }

  #question(turn) {
    return turn.querySelector(".question-text").textContent;
  }

  #edit(link) {
    const turn = link.closest(".turn");
    const question = turn.querySelector(".question");
    const template = document.getElementById("edit-template");
    const form = template.content.firstElementChild.cloneNode(true);
    const box = form.querySelector("textarea");
    const client = newId();
    box.id = `edit-${client}`;
    form.querySelector("label").htmlFor = box.id;
    form.querySelector("[name=client_id]").value = client;
    form.action = link.href;
    box.value = this.#question(turn);
    question.hidden = true;
    question.after(form);
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  }

  #cancelEdit(form) {
    const question = form.previousElementSibling;
    question.hidden = false;
    form.remove();
    question.querySelector("[data-edit]")?.focus();
  }

  #onKey(event) {
    const form = event.target.closest(".edit-form");
    if (!form || event.isComposing) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      this.#cancelEdit(form);
    } else if (event.key === "Enter" && !event.shiftKey && event.target.matches("textarea")) {
      event.preventDefault();
      form.requestSubmit();
    }
  }

  async #copy(button) {
    const turn = button.closest(".turn");
    const done = await this.#write(this.#answerText(turn));
    this.#announce(done ? "Answer copied." : "The answer couldn't be copied. Select it instead.");
    if (!done) return;
    button.classList.add("copied");
    button.querySelector("[data-copy-label]").textContent = "Copied";
    setTimeout(() => {
      button.classList.remove("copied");
      button.querySelector("[data-copy-label]").textContent = "Copy";
    }, COPIED_FOR);
    signal(turn.dataset.turn, "copied");
  }

  // The answer with its numbers, then what the numbers stand for.
  #answerText(turn) {
    const answer = turn.querySelector(".answer-text").cloneNode(true);
    for (const link of answer.querySelectorAll(".citation")) link.textContent = `[${link.textContent.trim()}]`;
    this.#root.append(answer); // innerText needs layout to know its lines.
    const text = answer.innerText.trim();
    answer.remove();
    const sources = [...turn.querySelectorAll("[data-source]")].map(
      (source) => `[${source.dataset.number}] ${source.dataset.title} – ${new URL(source.dataset.article, location)}`,
    );
    for (const source of turn.querySelectorAll("[data-tool-source]")) {
      const words = [...source.querySelectorAll(".source-title, .source-path")].map((part) => part.textContent);
      sources.push(`[${source.dataset.number}] ${words.join(", ")}`);
    }
    return [text, sources.join("\n")].filter(Boolean).join("\n\n");
  }

  async #write(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return this.#writeByCommand(text); // Not a secure context, or no permission.
    }
  }

  #writeByCommand(text) {
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done;
  }
}
