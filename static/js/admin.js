// The admin's own behaviour: unsaved text is guarded, Ctrl+S saves, menus close.

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

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value;
  if (event.detail.verb !== "get" && token) event.detail.headers["X-CSRFToken"] ||= token;
});

const openMenus = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
