// What the page says in words: to everyone above the box, to screen readers in the status region.

export class Status {
  #region;
  #notice;
  #countdown = null;

  constructor(region, notice) {
    this.#region = region;
    this.#notice = notice;
  }

  announce(text) {
    this.#region.textContent = "";
    requestAnimationFrame(() => {
      this.#region.textContent = text;
    });
  }

  show(text, { error = false } = {}) {
    clearInterval(this.#countdown);
    this.#notice.classList.toggle("connection-error", error);
    this.#notice.textContent = text;
    this.#notice.hidden = !text;
  }

  // The seconds tick in a part that isn't read out each time.
  countDown(message, seconds) {
    this.show(`${message} `, { error: true });
    const left = document.createElement("span");
    left.setAttribute("aria-live", "off");
    this.#notice.append(left);
    const end = Date.now() + seconds * 1000;
    const tick = () => {
      const remaining = Math.ceil((end - Date.now()) / 1000);
      if (remaining <= 0) return this.show("You can ask again now.");
      left.textContent = `You can ask again in ${remaining} s.`;
    };
    tick();
    this.#countdown = setInterval(tick, 1000);
  }

  clear() {
    this.show("");
  }
}
