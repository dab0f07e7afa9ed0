// Gives the pages when the server is down: always asks it first, and answers with what it said last.
// Only shells and files of the page are kept here, never another host's, and no answer of the API.

const NAME = "df-pages";
const SHELLS = ["/", "/gate", "/session/-", "/gate/-"];
const FILES = [
  "batch.js",
  "board.js",
  "bodies.js",
  "calm.js",
  "change-facts.js",
  "change.js",
  "connection.js",
  "control.js",
  "diff.js",
  "dom.js",
  "entries.js",
  "gate.js",
  "icon.svg",
  "kept.js",
  "live.js",
  "marks.js",
  "page.css",
  "questions.js",
  "review-diff.js",
  "review-keys.js",
  "rows.js",
  "session-facts.js",
  "session.js",
  "spark.js",
  "story.js",
  "verdict.js",
  "words.js",
].map((name) => `/static/${name}`);

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(NAME).then((shelf) => shelf.addAll([...SHELLS, ...FILES])));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const key =
    url.origin === self.location.origin && event.request.method === "GET"
      ? keyOf(event.request, url)
      : null;
  if (key) event.respondWith(freshOrKept(event.request, key));
});

// All sessions have one shell, as all changes have.
function keyOf(request, url) {
  if (url.pathname.startsWith("/static/")) return url.pathname;
  if (request.mode !== "navigate") return null;
  return (
    SHELLS.find((shell) => shell === url.pathname.replace(/^\/(session|gate)\/[^/]+$/, "/$1/-")) ??
    null
  );
}

async function freshOrKept(request, key) {
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) {
      const shelf = await caches.open(NAME);
      await shelf.put(key, answer.clone());
    }
    return answer;
  } catch (error) {
    const found = await caches.match(key);
    if (found) return found;
    throw error;
  }
}
