// Where scripts run but the chat's modules don't (an old browser, a blocked file), <noscript> doesn't
// apply either: then a page with a running answer is loaded anew until the answer is there.
(function () {
  setTimeout(function () {
    var ready = document.documentElement.classList.contains("chat-ready");
    if (!ready && document.querySelector("[data-running]")) location.reload();
  }, 3000);
})();
