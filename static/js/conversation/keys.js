// Shortcuts. Single keys can be switched off in the list of shortcuts, for people who speak to
// their computer or press keys by accident.

const KEY = "single-keys";

const enabled = () => {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
};

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");

export const listen = ({ focusBox, escape }) => {
  const dialog = document.getElementById("keys");
  const box = document.getElementById("single-keys");
  box.checked = enabled();
  box.addEventListener("change", () => {
    try {
      localStorage.setItem(KEY, box.checked ? "on" : "off");
    } catch {
      // Storage is blocked: the choice lasts for this page only.
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (!dialog.open && escape()) event.preventDefault();
      return;
    }
    if (isTyping(event.target) || !box.checked) return;
    if (event.key === "/") {
      event.preventDefault();
      focusBox();
    } else if (event.key === "?") {
      event.preventDefault();
      dialog.showModal();
    }
  });
};
