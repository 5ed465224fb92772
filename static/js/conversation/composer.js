// The box to write in: grows with the text, Enter sends, counts near the limit, Stop while running.

const NEAR_LIMIT = 0.8;
const NEW = "draft:new";

const words = (text) => text.split(/\s+/).filter(Boolean).join(" ");

// The first question goes as a page; its draft is kept until a page shows that it arrived.
export const forgetArrived = (questions) => {
  try {
    const draft = words(sessionStorage.getItem(NEW) ?? "");
    if (questions.some((text) => words(text) === draft)) sessionStorage.removeItem(NEW);
  } catch {
    // Storage is blocked: there is no draft.
  }
};

export class Composer {
  #form;
  #box;
  #count;
  #send;
  #stop;
  #longest;
  #draft;
  #busy = false;

  constructor(form, { longest, conversation, onask, onstop }) {
    this.#form = form;
    this.#box = form.querySelector("textarea");
    this.#count = form.querySelector("#count");
    this.#send = form.querySelector("[data-send]");
    this.#stop = form.querySelector("[data-stop]");
    this.#longest = longest;
    this.#draft = conversation ? `draft:${conversation}` : NEW;
    this.#restore();
    this.#box.addEventListener("input", () => this.#changed());
    this.#box.addEventListener("keydown", (event) => this.#onKey(event));
    this.#stop.addEventListener("click", () => onstop());
    form.addEventListener("submit", (event) => this.#submit(event, onask));
    this.#changed();
  }

  get isEmpty() {
    return !this.#box.value.trim();
  }

  focus({ scroll = true } = {}) {
    this.#box.focus({ preventScroll: !scroll });
  }

  // Puts words back that couldn't be sent, before anything typed since.
  putBack(text) {
    this.#box.value = [text, this.#box.value].filter(Boolean).join("\n");
    this.#changed();
  }

  setBusy(busy) {
    this.#busy = busy;
    this.#send.hidden = busy;
    this.#stop.hidden = !busy;
    this.#changed();
  }

  #submit(event, onask) {
    if (this.#busy || this.isEmpty) {
      event.preventDefault();
      return;
    }
    if (!onask) return; // The first question goes as a page.
    event.preventDefault();
    const text = this.#box.value.trim();
    this.#box.value = "";
    this.#changed();
    onask(text);
    this.#box.focus();
  }

  #onKey(event) {
    // Enter also ends a word while Chinese or Japanese is being composed.
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || event.altKey || composing) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #changed() {
    const { length } = this.#box.value;
    this.#send.disabled = this.isEmpty;
    this.#count.hidden = length < this.#longest * NEAR_LIMIT;
    this.#count.textContent = `${length} of ${this.#longest} characters`;
    this.#count.classList.toggle("count-over", length >= this.#longest);
    if (!CSS.supports("field-sizing", "content")) this.#grow();
    this.#store();
  }

  #grow() {
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight}px`;
  }

  #restore() {
    try {
      this.#box.value ||= sessionStorage.getItem(this.#draft) ?? "";
    } catch {
      // Storage is blocked: drafts don't outlive the page.
    }
  }

  #store() {
    try {
      sessionStorage.setItem(this.#draft, this.#box.value);
    } catch {
      // As above.
    }
  }
}
