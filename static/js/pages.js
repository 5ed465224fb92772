// What every page does with scripts: htmx carries the CSRF token, menus close, dialogs open.

const token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] ||= token();
});

// Menus made of <details> close on Escape, on a click outside, and when the focus leaves them.
const openMenus = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopImmediatePropagation();
  }
});

document.addEventListener("focusout", (event) => {
  const menu = event.target.closest?.("details[data-menu][open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

// <button data-opens="id"> opens a <dialog>; <button data-closes> closes the one around it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog")?.close();
});

// A form that htmx couldn't send says so beside itself; what was typed stays in it.
const MESSAGES = {
  0: "This didn’t go through. You may be offline; try again.",
  403: "This page has been open too long. Reload it and try again.",
  413: "That is too large. Shorten it.",
  429: "That was a lot at once. Wait a moment, then try again.",
};

const tell = (element, status) => {
  const form = element.closest("form") ?? element;
  form.parentElement.querySelector(":scope > [data-fault]")?.remove();
  const notice = document.createElement("p");
  notice.className = "notice notice-error";
  notice.dataset.fault = "";
  notice.setAttribute("role", "alert");
  notice.textContent = MESSAGES[status] ?? "This didn’t work. Try again in a moment.";
  form.after(notice);
};

document.addEventListener("htmx:responseError", ({ detail }) => tell(detail.elt, detail.xhr.status));
document.addEventListener("htmx:sendError", ({ detail }) => tell(detail.elt, 0));
