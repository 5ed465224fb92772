// One key per verdict: a key presses the button or link that names it in data-key.

// A second press of the same key must not judge the answer that has just come.
const QUIET_MS = 500;
let quietUntil = 0;
let busy = false;

const FORM_TYPES = ["button", "submit", "checkbox", "radio"];
const typing = (element) =>
  element instanceof HTMLTextAreaElement ||
  element instanceof HTMLSelectElement ||
  (element instanceof HTMLInputElement && !FORM_TYPES.includes(element.type));

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && typing(document.activeElement)) {
    document.activeElement.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
  const key = event.key.toLowerCase();
  if (key === "m") {
    event.preventDefault();
    document.getElementById("review-note")?.focus();
    return;
  }
  const target = [...document.querySelectorAll("#review [data-key]")].find((found) => found.dataset.key === key);
  if (!target) return;
  event.preventDefault();
  if (!busy && event.timeStamp > quietUntil) target.click();
});

document.body.addEventListener("htmx:beforeRequest", () => {
  busy = true;
});

document.body.addEventListener("htmx:afterRequest", () => {
  busy = false;
});

// After a swap the next question is where reading starts, for eyes and for screen readers.
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "review") return;
  quietUntil = performance.now() + QUIET_MS;
  const heading = document.getElementById("question-heading") ?? document.querySelector("#review h1");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  window.scrollTo({ top: 0 });
});
