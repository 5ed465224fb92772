// One key per verdict: a key presses the button or link that names it in data-key.
const typing = (element) =>
  element instanceof HTMLTextAreaElement ||
  element instanceof HTMLSelectElement ||
  (element instanceof HTMLInputElement && !["button", "submit", "checkbox", "radio"].includes(element.type));

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
  if (target) {
    event.preventDefault();
    target.click();
  }
});

// After a swap the next question is where reading starts, for eyes and for screen readers.
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "review") return;
  const heading = document.getElementById("question-heading");
  if (heading) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
  window.scrollTo({ top: 0 });
});
