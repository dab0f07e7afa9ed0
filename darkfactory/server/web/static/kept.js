// What was known last, kept in this browser for when the server is down. Without a secure origin
// browsers keep nothing, and the page is as good as its connection.

const NAME = "df-kept";
const MOST = 50;
const place = (name) => `/kept/${encodeURIComponent(name)}`;

export async function keep(name, value) {
  if (!("caches" in self)) return;
  const body = JSON.stringify({ at: Date.now(), value });
  const shelf = await caches.open(NAME);
  await shelf.delete(place(name)); // what is put last is the last of the keys
  await shelf.put(
    place(name),
    new Response(body, { headers: { "content-type": "application/json" } }),
  );
  const names = await shelf.keys();
  for (const old of names.slice(0, -MOST)) await shelf.delete(old);
}

export async function kept(name) {
  if (!("caches" in self)) return null;
  const found = await (await caches.open(NAME)).match(place(name));
  return found ? found.json() : null;
}

export function workOffline() {
  if ("serviceWorker" in navigator)
    navigator.serviceWorker.register("/service-worker.js", { type: "module" });
}
