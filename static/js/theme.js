// Sets the chosen theme before the first paint, and works the switch in the header.
// Loaded in <head> without defer: a page must not flash in the wrong colours.
(() => {
  const KEY = "theme";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  const stored = () => {
    try {
      const value = localStorage.getItem(KEY);
      return value === "light" || value === "dark" ? value : null;
    } catch {
      return null; // Storage is blocked: the system's theme rules.
    }
  };

  const current = () => root.dataset.theme ?? (dark.matches ? "dark" : "light");

  const choose = (theme) => {
    root.dataset.theme = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Storage is blocked: the choice lasts for this page.
    }
  };

  const label = (button) => {
    const next = current() === "dark" ? "light" : "dark";
    button.setAttribute("aria-label", `Switch to ${next} colours`);
    button.title = `Switch to ${next} colours`;
  };

  const chosen = stored();
  if (chosen) root.dataset.theme = chosen;
  root.classList.add("js");

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.hidden = false;
      label(button);
      button.addEventListener("click", () => {
        choose(current() === "dark" ? "light" : "dark");
        label(button);
      });
      dark.addEventListener("change", () => label(button));
    }
  });
})();
