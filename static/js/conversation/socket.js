// The WebSocket of one conversation: connects, keeps alive, comes back after a loss.
// It knows nothing of turns. It reports frames through `onframe` and its state through `onstate`:
// "open", "lost" (trying again), "offline", "blocked" (never opened: use pages), "closed".

const PING_EVERY = 20_000;
const SILENCE = 10_000;
const FIRST_WAIT = 400;
const LONGEST_WAIT = 15_000;
const TRIES_BEFORE_BLOCKED = 3;
const OPENING = 8_000;
// The server closes with these where trying again can't help.
const FINAL_CODES = new Set([4401, 4403, 4404]);

export class Socket {
  #url;
  #onframe;
  #onstate;
  #socket = null;
  #state = "new";
  #tries = 0;
  #opened = false;
  #timers = {};

  constructor(path, { onframe, onstate }) {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.#url = `${scheme}//${location.host}${path}`;
    this.#onframe = onframe;
    this.#onstate = onstate;
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  get state() {
    return this.#state;
  }

  start() {
    window.addEventListener("online", () => this.#retryNow());
    window.addEventListener("offline", () => this.#goOffline());
    window.addEventListener("pagehide", () => this.#drop());
    window.addEventListener("pageshow", (event) => event.persisted && this.#retryNow());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#retryNow();
    });
    if (navigator.onLine === false) this.#goOffline();
    else this.#connect();
  }

  send(frame) {
    if (!this.isOpen) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #connect() {
    this.#drop();
    const socket = this.#make();
    if (socket === null) return this.#onClose({ code: 1006 });
    this.#socket = socket;
    this.#timers.opening = setTimeout(() => socket.close(), OPENING);
    socket.addEventListener("open", () => this.#current(socket) && this.#onOpen());
    socket.addEventListener("message", (event) => this.#current(socket) && this.#onMessage(event));
    socket.addEventListener("close", (event) => this.#current(socket) && this.#onClose(event));
  }

  // Some browsers and extensions forbid sockets by throwing.
  #make() {
    try {
      return new WebSocket(this.#url);
    } catch {
      return null;
    }
  }

  #current(socket) {
    return socket === this.#socket;
  }

  #onOpen() {
    clearTimeout(this.#timers.opening);
    this.#opened = true;
    this.#tries = 0;
    this.#expectSilence();
    this.#set("open");
  }

  #onMessage(event) {
    this.#expectSilence();
    const frame = JSON.parse(event.data);
    if (frame.type !== "pong") this.#onframe(frame);
  }

  #onClose(event) {
    this.#drop();
    if (FINAL_CODES.has(event.code)) return this.#set("closed");
    if (navigator.onLine === false) return this.#goOffline();
    this.#tries += 1;
    this.#set(!this.#opened && this.#tries >= TRIES_BEFORE_BLOCKED ? "blocked" : "lost");
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.#tries - 1));
    this.#timers.retry = setTimeout(() => this.#connect(), wait * (0.5 + Math.random()));
  }

  // Each frame shows that the line is alive. After a quiet while we ask; no reply means it is dead.
  #expectSilence() {
    clearTimeout(this.#timers.ping);
    clearTimeout(this.#timers.silence);
    this.#timers.ping = setTimeout(() => {
      this.send({ type: "ping" });
      this.#timers.silence = setTimeout(() => this.#onClose({ code: 1006 }), SILENCE);
    }, PING_EVERY);
  }

  #retryNow() {
    if (this.isOpen || this.#state === "closed") return;
    this.#tries = this.#opened ? 0 : this.#tries;
    this.#connect();
  }

  #goOffline() {
    this.#drop();
    this.#set("offline");
  }

  #drop() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #set(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#onstate(state);
  }
}
