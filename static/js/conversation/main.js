// The chat page: puts its parts together. The parts don't know each other.

import { Actions } from "./actions.js";
import { Asks } from "./asks.js";
import { Composer, forgetArrived } from "./composer.js";
import { listen } from "./keys.js";
import { Panel } from "./panel.js";
import { Polling } from "./polling.js";
import { Scrolling } from "./scrolling.js";
import { Socket } from "./socket.js";
import { Status } from "./status.js";
import { Thread } from "./thread.js";

const POLL_AFTER = 2_500;
const NOTICE_AFTER = 1_200;

const root = document.getElementById("conversation");
const { conversation, socket: path, longest } = root.dataset;
const status = new Status(document.getElementById("status"), document.getElementById("connection"));
const scrolling = new Scrolling(root.querySelector("[data-jump]"));
const panel = new Panel(document.getElementById("panel"));
const announce = (text) => status.announce(text);

const thread = new Thread({
  log: document.getElementById("thread"),
  running: document.getElementById("running"),
  announce,
  follow: () => scrolling.follow(),
  onchange: () => composer?.setBusy(thread.isBusy),
});

const socket = path ? new Socket(path, { onframe, onstate }) : null;
const asks = socket ? new Asks({ conversation, thread, socket }) : null;
const polling = new Polling({ thread, show: (frame) => onframe({ ...frame, type: "turn" }) });
let noticeTimer;
let pollTimer;

const stop = (turn) => Boolean(turn && socket?.send({ type: "stop", turn }));
// What wasn't sent yet goes back into the box; what runs is stopped.
const stopAll = () => {
  if (!socket?.isOpen) for (const { client_id: client } of asks?.waiting ?? []) takeBack(client);
  for (const turn of thread.running) {
    if (!stop(turn.dataset.turn)) turn.querySelector("[data-stop-turn]")?.submit();
  }
};

const takeBack = (client) => {
  const question = asks?.refused(client);
  if (question) composer.putBack(question.text);
};

const ask = (question) => {
  status.clear();
  asks.ask(question);
  scrolling.toEnd();
  if (socket.state === "offline") showConnection("offline");
};

const composer = new Composer(document.getElementById("composer"), {
  longest: Number(longest),
  conversation,
  onask: socket && ((text) => ask({ text })),
  onstop: stopAll,
});

new Actions(root, { ask, stop, isBusy: () => thread.isBusy, announce });

listen({
  focusBox: () => composer.focus(),
  escape: () => {
    if (panel.isOpen) panel.close();
    else if (thread.isBusy) stopAll();
    else return false;
    return true;
  },
});

const follow = (turn) => socket.send({ type: "follow", turn, after: thread.after(turn) });

function onframe(frame) {
  if (frame.type === "turn") onturn(frame);
  else if (frame.type === "stage" && !thread.stage(frame)) follow(frame.turn);
  else if (frame.type === "token" && !thread.token(frame)) follow(frame.turn);
  else if (frame.type === "message") onmessage(frame);
  else if (frame.type === "error") onerror(frame);
}

function onmessage(frame) {
  thread.message(frame);
  seen();
}

// Only what is looked at is seen.
function seen() {
  if (!thread.lastMessage || document.visibilityState !== "visible") return;
  socket.send({ type: "seen", message: thread.lastMessage });
}

function onturn(frame) {
  thread.show(frame);
  const turn = document.getElementById(`turn-${frame.turn}`);
  if (turn) asks?.confirmed(turn.dataset.client);
}

function onerror({ message, client_id: client, retry_after: seconds }) {
  if (client) takeBack(client);
  if (seconds) status.countDown(message, seconds);
  else status.show(message, { error: true });
}

function onstate(state) {
  clearTimeout(noticeTimer);
  clearTimeout(pollTimer);
  if (state === "open") {
    polling.stop();
    status.clear();
    thread.forgetGaps();
    for (const turn of thread.running) follow(turn.dataset.turn);
    socket.send({ type: "messages", after: thread.lastMessage });
    asks.resend();
    return;
  }
  if (state === "blocked") asks.sendAsPages();
  if (state === "offline") polling.stop();
  else pollTimer = setTimeout(() => polling.start(), state === "blocked" ? 0 : POLL_AFTER);
  noticeTimer = setTimeout(() => showConnection(state), state === "offline" ? 0 : NOTICE_AFTER);
}

function showConnection(state) {
  const texts = {
    offline: "You are offline. What you ask is sent when you are back.",
    lost: "The connection was lost. Trying again…",
    closed: "This conversation can't be continued from here. Reload the page.",
  };
  status.show(texts[state] ?? "");
  scrolling.follow();
}

for (const element of document.querySelectorAll("[data-script]")) element.hidden = false;
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    setTimeout(() => event.defaultPrevented || form.setAttribute("inert", ""));
  });
}
composer.setBusy(thread.isBusy);
if (socket) {
  document.addEventListener("visibilitychange", seen);
  forgetArrived([...root.querySelectorAll(".question-text")].map((text) => text.textContent));
  socket.start();
  // The fragment is for browsers without scripts; here the newest words are followed.
  const isAtOneTurn = location.hash.startsWith("#turn-") && !thread.isBusy;
  if (!isAtOneTurn && document.querySelector("#thread .turn, #running .turn")) scrolling.toEnd();
  if (location.hash || location.search) history.replaceState(null, "", location.pathname);
} else {
  root.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    status.show("You are offline. Send it again when you are back.");
  });
}
// Who types goes on typing, also after the page that the first question leads to. A touch screen
// would put its keyboard over what was just asked.
if (window.matchMedia("(hover: hover) and (pointer: fine)").matches) {
  composer.focus({ scroll: false });
}
document.documentElement.classList.add("chat-ready");
