// Keeps the newest words in view while the reader is at the bottom, and leaves them alone elsewhere.

const NEAR = 140;

export class Scrolling {
  #button;
  #following = true;

  constructor(button) {
    this.#button = button;
    button.addEventListener("click", () => this.toEnd());
    window.addEventListener("scroll", () => this.#onScroll(), { passive: true });
  }

  follow() {
    if (this.#following) window.scrollTo({ top: document.documentElement.scrollHeight });
    else this.#button.hidden = this.#isNear();
  }

  toEnd() {
    this.#following = true;
    this.#button.hidden = true;
    window.scrollTo({ top: document.documentElement.scrollHeight });
  }

  #isNear() {
    const root = document.documentElement;
    return root.scrollHeight - window.scrollY - window.innerHeight < NEAR;
  }

  #onScroll() {
    this.#following = this.#isNear();
    if (this.#following) this.#button.hidden = true;
  }
}
