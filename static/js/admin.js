// The admin's own behaviour, beside that of every page: unsaved text is guarded, Ctrl+S saves.

const guarded = document.querySelector("form[data-guard]");

if (guarded) {
  let isDirty = false;
  guarded.addEventListener("input", () => {
    isDirty = true;
  });
  guarded.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (isDirty && button?.hasAttribute("data-unguarded")) {
      if (!window.confirm("Your unsaved changes will be lost. Go on?")) {
        event.preventDefault();
        return;
      }
    }
    isDirty = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (isDirty) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey)) return;
    const save = guarded.querySelector("button[value=save]");
    if (!save) return;
    event.preventDefault();
    guarded.requestSubmit(save);
  });
}
