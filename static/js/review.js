// One key per verdict: a key presses the button or link that names it in data-key. The item after
// the one on the page is loaded ahead, so that it is there when the key is pressed.

import { Ahead } from "./review/ahead.js";

// A second press of the same key must not judge the answer that has just come.
const QUIET_MS = 500;
let quietUntil = 0;
let busy = false;

const FORM_TYPES = ["button", "submit", "checkbox", "radio"];
const typing = (element) =>
  element instanceof HTMLTextAreaElement ||
  element instanceof HTMLSelectElement ||
  (element instanceof HTMLInputElement && !FORM_TYPES.includes(element.type));
const visible = (selector) =>
  [...document.querySelectorAll(`#review ${selector}`)].filter((found) => !found.closest("[hidden]"));

const showNew = () => {
  quietUntil = performance.now() + QUIET_MS;
  const heading = visible("#question-heading")[0] ?? document.querySelector("#review h1");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  window.scrollTo({ top: 0 });
};

const ahead = new Ahead(document.getElementById("review"), showNew);

// Yes, no, not said: one key goes round.
const cycle = (fieldset) => {
  fieldset.closest("details").open = true;
  const choices = [...fieldset.querySelectorAll("input[type=radio]")];
  const next = (choices.findIndex((choice) => choice.checked) + 1) % choices.length;
  choices[next].checked = true;
  choices[next].focus();
};

const openDetails = (id) => {
  const details = document.getElementById(id);
  if (!details) return false;
  details.open = true;
  details.scrollIntoView({ block: "nearest" });
  details.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  return true;
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && typing(document.activeElement)) {
    document.activeElement.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
  const key = event.key.toLowerCase();
  if (key === "m" && visible("#review-note").length) {
    event.preventDefault();
    visible("#review-note")[0].focus();
    return;
  }
  const fieldset = visible("[data-cycle]").find((found) => found.dataset.cycle === key);
  const target = visible("[data-key]").find((found) => found.dataset.key === key);
  if (!fieldset && !target) return;
  event.preventDefault();
  if (busy || event.timeStamp <= quietUntil) return;
  if (fieldset) cycle(fieldset);
  else target.click();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens-details]");
  if (opener && openDetails(opener.dataset.opensDetails)) event.preventDefault();
});

// A filter that was chosen is shown at once; without scripts its button does it.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submits]");
  if (form) form.requestSubmit();
});

document.body.addEventListener("htmx:beforeRequest", () => {
  busy = true;
});

document.body.addEventListener("htmx:afterRequest", () => {
  busy = false;
});

// What can't be stored is said above the item, which stays as it was filled in.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status !== 422) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});

// After a swap the next question is where reading starts, for eyes and for screen readers.
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "review") return;
  showNew();
  ahead.load();
});

if (location.hash.startsWith("#do-")) openDetails(location.hash.slice(1));
ahead.load();
