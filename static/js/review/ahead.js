// The next item, loaded while its reviewer reads this one. A verdict shows it at once; where the
// verdict can't be stored, the item that it was about comes back as it was left.

export class Ahead {
  #root;
  #shown;
  #next = null;
  #left = null;
  #loading = 0;

  constructor(root, shown) {
    this.#root = root;
    this.#shown = shown;
    const on = (name, act) => document.body.addEventListener(name, act);
    on("htmx:configRequest", (event) => this.#tell(event));
    on("htmx:beforeRequest", (event) => this.#show(event));
    on("htmx:afterRequest", (event) => this.#settle(event));
  }

  async load() {
    this.#next = null;
    const address = this.#item()?.dataset.ahead;
    const mine = ++this.#loading;
    if (!address) return;
    try {
      const response = await fetch(address, { credentials: "same-origin" });
      if (response.status !== 200) return;
      const html = await response.text();
      if (mine === this.#loading) this.#next = { html, id: response.headers.get("X-Review-Item") };
    } catch {
      // Offline: the next item comes with the answer to the verdict, as without this file.
    }
  }

  #item() {
    return this.#root.querySelector(".review-item:not([hidden])");
  }

  #isVerdict(event) {
    return event.detail.elt.matches?.("form.review-verdict");
  }

  #tell(event) {
    if (this.#next && this.#isVerdict(event)) event.detail.formData.set("next", this.#next.id);
  }

  #show(event) {
    if (!this.#next || !this.#isVerdict(event)) return;
    const old = this.#item();
    const made = new DOMParser().parseFromString(this.#next.html, "text/html").querySelector(".review-item");
    this.#left = { old, made: document.adoptNode(made) };
    this.#next = null;
    old.after(this.#left.made);
    old.hidden = true;
    window.htmx.process(this.#left.made);
    this.#shown();
  }

  #settle(event) {
    if (!this.#left || !this.#isVerdict(event)) return;
    const { old, made } = this.#left;
    this.#left = null;
    const isStored = event.detail.xhr?.status === 200;
    if (isStored) old.remove();
    else {
      made.remove();
      old.hidden = false;
    }
    this.load();
  }
}
