// The passage behind a citation, beside the thread on a wide screen, in a sheet on a phone.
// Without this file the same links open the passage as a page.

import { signal } from "./dom.js";

const wide = window.matchMedia("(width >= 64rem)");

export class Panel {
  #dialog;
  #body;
  #opener = null;

  constructor(dialog) {
    this.#dialog = dialog;
    this.#body = dialog.querySelector("#panel-body");
    document.addEventListener("click", (event) => this.#onClick(event));
    dialog.addEventListener("close", () => this.#restoreFocus());
    wide.addEventListener("change", () => this.close());
  }

  get isOpen() {
    return this.#dialog.open;
  }

  close() {
    if (this.isOpen) this.#dialog.close();
  }

  #onClick(event) {
    if (event.target.closest("[data-panel-close]") || event.target === this.#dialog) {
      return this.close();
    }
    const link = event.target.closest("a.citation:not([data-tool]), a[data-source]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    this.#open(link);
  }

  async #open(link) {
    const headers = { "HX-Request": "true" };
    const response = await fetch(link.href, { headers }).catch(() => null);
    if (!response?.ok) {
      location.href = link.href;
      return;
    }
    this.#body.innerHTML = await response.text();
    this.#mark(link);
    if (!this.isOpen) {
      if (wide.matches) this.#dialog.show();
      else this.#dialog.showModal();
    }
    this.#dialog.querySelector("#panel-heading").focus();
    this.#dialog.scrollTop = 0;
    signal(link.closest("[data-turn]").dataset.turn, "followed_citation");
  }

  #mark(link) {
    this.#opener?.removeAttribute("aria-expanded");
    this.#opener = link;
    link.setAttribute("aria-expanded", "true");
  }

  #restoreFocus() {
    this.#opener?.removeAttribute("aria-expanded");
    if (this.#opener?.isConnected) this.#opener.focus({ preventScroll: true });
    this.#opener = null;
  }
}
