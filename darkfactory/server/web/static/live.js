// The one WebSocket of a page: any number of streams, and control messages. It comes back by itself,
// and each stream goes on behind the last batch that was taken, so nothing is lost or doubled.

const SLOWEST = 5000;
const QUIET = 30000;
const NOT_THERE = 3000;

export class Live extends EventTarget {
  #socket = null;
  #followed = new Map();
  #asked = new Map();
  #tries = 0;
  #timer = 0;
  #heard = 0;

  constructor(url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/ws`) {
    super();
    this.url = url;
    addEventListener("online", () => this.#again());
    addEventListener("offline", () => this.#probe());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && performance.now() - this.#heard > QUIET) this.#again();
    });
  }

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  connect() {
    this.#again();
    return this;
  }

  // Give each batch of a stream to `take(events, upToDate)`. `reset()` is called before a stream that
  // was made anew is read from its start.
  follow(path, offset, take, reset = () => {}) {
    this.#followed.set(path, { offset, take, reset });
    if (this.open) this.#say({ path, offset });
  }

  unfollow(path) {
    if (this.#followed.delete(path) && this.open) this.#say({ path, offset: null });
  }

  get followed() {
    return [...this.#followed.keys()];
  }

  // Ask something of a session. Resolves once it is on record; sent again with the same id, which
  // counts once, if the connection was lost before the answer.
  ask(session, message) {
    const path = `s/${session}/control`;
    return new Promise((resolve, reject) => {
      this.#asked.set(message.id, { body: { path, ...message }, resolve, reject });
      if (this.open) this.#say({ path, ...message });
    });
  }

  #say(body) {
    this.#socket.send(JSON.stringify(body));
  }

  #again() {
    clearTimeout(this.#timer);
    this.#drop();
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = (event) => socket === this.#socket && this.#take(JSON.parse(event.data));
    socket.onclose = () => socket === this.#socket && this.#lost();
  }

  // A browser without a network may well reach a server on its own machine.
  async #probe() {
    const there = await fetch("/static/icon.svg", { method: "HEAD", cache: "no-store" }).then(
      () => true,
      () => false,
    );
    if (there) return;
    this.#drop();
    this.#retry();
  }

  #drop() {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.dispatchEvent(new Event("lost"));
  }

  #opened() {
    this.#tries = 0;
    this.#heard = performance.now();
    for (const [path, { offset }] of this.#followed) this.#say({ path, offset });
    for (const { body } of this.#asked.values()) this.#say(body);
    this.dispatchEvent(new Event("open"));
  }

  #lost() {
    this.#socket = null;
    this.#retry();
    this.dispatchEvent(new Event("lost"));
  }

  #retry() {
    this.#tries += 1;
    const most = Math.min(SLOWEST, 250 * 2 ** this.#tries);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#again(), most / 2 + (Math.random() * most) / 2);
  }

  #take(said) {
    this.#heard = performance.now();
    if (said.id !== undefined) this.#answered(said);
    else if (said.error !== undefined) this.#refused(said);
    else if (this.#followed.has(said.path)) {
      const one = this.#followed.get(said.path);
      one.offset = said.next;
      one.take(said.events, said.up_to_date);
    }
  }

  #answered(said) {
    const asked = this.#asked.get(said.id);
    this.#asked.delete(said.id);
    if (said.error === undefined) asked?.resolve(said);
    else asked?.reject(new Error(said.error));
  }

  // A stream that is not there yet may come; one that lacks our offset was made anew.
  #refused(said) {
    const one = this.#followed.get(said.path);
    if (!one) return;
    if (one.offset !== "-1" && one.offset !== "now") {
      one.offset = "-1";
      one.reset();
    }
    this.dispatchEvent(new CustomEvent("missing", { detail: said }));
    setTimeout(() => {
      if (this.open && this.#followed.get(said.path) === one)
        this.#say({ path: said.path, offset: one.offset });
    }, NOT_THERE);
  }
}
