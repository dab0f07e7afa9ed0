// Whether what is on the screen is true now, in words: the sign at the top, and a banner when it is not.

import { announce, fill, make, tell, $ } from "./dom.js";
import { clock, flat } from "./words.js";

const troubles = new Map();
let redraw = () => {};

// Watch `live`; `again()` is called each time the connection is there. Returns a way to say since when
// what is shown is old, where the page began without a connection.
export function watch(live, again) {
  let since = null;
  let old = null;
  let shown = false;

  function draw() {
    const lost = since !== null;
    $("connection").classList.toggle("gone", lost);
    tell($("connection"), lost ? "not connected" : "live");
    $("banner").hidden = !lost && !troubles.size;
    if (!lost) return tell($("banner"), [...troubles.values()][0] ?? "");
    const from = old ?? since;
    const text = `No connection since ${clock(since / 1000)}. What you see is from ${clock(from / 1000)}; it goes on by itself when the server is back.`;
    return tell($("banner"), text);
  }
  redraw = draw;

  live.addEventListener("open", () => {
    if (since !== null && shown) announce("Connected again.");
    since = old = null;
    shown = true;
    draw();
    again();
  });
  live.addEventListener("lost", () => {
    since ??= Date.now();
    draw();
    loggedOut();
  });
  return (at) => {
    old = at;
    if (since !== null) draw();
  };
}

// A refused socket does not say why; the read API does.
async function loggedOut() {
  const answer = await fetch("/v1/gate", { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (answer?.status !== 401) return;
  fill(
    $("banner"),
    "You are logged out. Run ",
    make("code", "df serve link"),
    " and open what it prints.",
  );
}

// Ask the API. What keeps it from answering a question is told at the top until it answers again.
export async function ask(path, body) {
  try {
    const said = await answerOf(path, body);
    if (troubles.delete(path)) redraw();
    return said;
  } catch (error) {
    if (!body && error.status && error.status !== 404) {
      troubles.set(
        path,
        `What you see may be old: ${flat([error.message, error.fix].filter(Boolean).join(". "))}`,
      );
      redraw();
    }
    throw error;
  }
}

async function answerOf(path, body) {
  const request = body && {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(path, { cache: "no-store", ...request });
  const type = answer.headers.get("content-type") ?? "";
  const said = type.startsWith("application/json")
    ? await answer.json()
    : { error: { problem: await answer.text() } };
  if (answer.ok) return said;
  const error = new Error(said.error?.problem ?? `the server answered ${answer.status}`);
  throw Object.assign(error, {
    status: answer.status,
    code: said.error?.code,
    fix: said.error?.fix,
  });
}

export function person() {
  return document.querySelector('meta[name="df-person"]').content;
}
