// The review of one change after the other: what holds of it, its diff by risk, and the verdict.

import { askBatch } from "./batch.js";
import { Bodies, api } from "./bodies.js";
import { atMostEvery } from "./calm.js";
import {
  showClaims,
  showComments,
  showFacts,
  showLook,
  showOrigin,
  showPartners,
} from "./change-facts.js";
import { ask, watch } from "./connection.js";
import { $, tell } from "./dom.js";
import { keep, kept, workOffline } from "./kept.js";
import { Live } from "./live.js";
import { Marks } from "./marks.js";
import { ReviewDiff } from "./review-diff.js";
import { listen, showKeys } from "./review-keys.js";
import { changePlace, tickAll } from "./rows.js";
import { VerdictForm } from "./verdict.js";
import { counted, flat, plain } from "./words.js";

const STILL = 250;
const NO_LINE = {
  false: "c is for a line of code: j and k go to one.",
  true: "This line is of an earlier revision: w shows the whole diff.",
};
const OVER = ["landed", "closed", "superseded"];

const factory = document.title.split(" · ").pop();
const live = new Live();
const look = atMostEvery(1000, refresh);
const isOld = watch(live, look);
const diff = new ReviewDiff($("diff"));
const form = new VerdictForm(() => ({ change, marks, view: view() }), judged);

const bodies = new Bodies();
let name = placeName();
let change = null;
let facts = null;
let read = null;
let marks = null;
let place = 0;
let settling = 0;

live.follow("factory", "now", (events) => {
  events
    .filter((event) => form.judges(event.data?.change))
    .forEach((event) => form.step(event.data.change, event.type.slice("change.".length)));
  look();
});
live.connect();
workOffline();
setInterval(tickAll, 1000);
look();

function placeName() {
  return decodeURIComponent(location.pathname.split("/")[2]);
}

function view() {
  return read?.since && !marks?.whole ? "since" : "diff";
}

async function refresh() {
  const asked = name;
  const body = read === null ? bodies.of(asked) : null;
  body?.catch(() => {}); // told below, unless the facts cannot be had either
  try {
    const found = await ask(`${api(asked)}/facts`);
    if (asked !== name) return;
    showChange(found);
    if (read !== null) return;
    const got = await body;
    if (asked !== name || read !== null) return;
    bodies.drop(asked);
    showRead(got);
    await keep(`review ${asked}`, { facts: found, read: got });
    await tellLook();
  } catch (error) {
    bodies.drop(asked);
    if (asked !== name || error.code === "gate.moved") return;
    if (change === null) await showKept(asked, error);
    else if (read === null) diff.clear(flat(error.message));
  }
}

// Record that somebody has this revision before them; a tab that nobody sees has shown it to nobody.
async function tellLook() {
  if (!read || read.told || document.hidden || OVER.includes(change.state)) return;
  read.told = true;
  await ask(`${api(change.id)}/look`, { head: read.head });
}

function readAhead() {
  const next = $("after").hidden ? null : facts.waiting.find((one) => one.id === $("after").change);
  bodies.ahead(next?.id);
}

async function showKept(asked, error) {
  const last = error.status === 404 ? null : await kept(`review ${asked}`);
  if (!last) {
    diff.clear("");
    return tell($("origin"), flat([error.message, error.fix].filter(Boolean).join(". ")));
  }
  isOld(last.at);
  showChange(last.value.facts);
  return showRead(last.value.read);
}

function showChange(found) {
  facts = found;
  change = found.change;
  const { waiting } = found;
  document.title = `${change.id} · ${factory}`;
  showOrigin(found);
  tell($("gate-count"), waiting.length ? String(waiting.length) : "");
  showFacts(found);
  showLook(change);
  showPartners(change);
  showClaims(change.claims);
  showComments(change.comments);
  $("summary-box").hidden = !change.summary;
  tell($("summary"), plain(change.summary));
  showOrder(waiting);
  showMoved();
}

function showRead(body) {
  read = body;
  marks = new Marks(change.id, body.head);
  if (!document.hidden) marks.touch();
  form.show(facts.taste, marks.words);
  showDiff();
  showUnsent();
  showMoved();
  readAhead();
}

function showDiff() {
  const shown = view();
  const { since, seen } = read;
  $("news").hidden = !since;
  if (since) {
    const only = `Only what is new since revision ${seen}, which you read.`;
    tell($("news-words"), shown === "since" ? only : `All of it; you read revision ${seen}.`);
    tell($("whole"), shown === "since" ? "Show all of it (w)" : "Show only what is new (w)");
  }
  tell($("shape"), read[shown].shape);
  diff.show(read[shown], shown, marks);
  settle();
}

// What is on the screen once nothing moves any more has been seen.
function settle() {
  clearTimeout(settling);
  settling = setTimeout(() => document.hidden || diff.look(), STILL);
}

function why() {
  if (!read || !change) return "";
  if (read.head !== change.head) return `it is at revision ${change.revision} now`;
  return "";
}

function showMoved() {
  const moved = why();
  $("moved").hidden = !moved;
  tell(
    $("moved-why"),
    `This has moved: ${moved}. No verdict on it counts until you have read it anew.`,
  );
  form.allow(read ? change.state : "", Boolean(moved));
}

function anew() {
  marks?.keep();
  read = marks = null;
  bodies.clear();
  $("moved").hidden = $("news").hidden = true;
  tell($("shape"), "");
  diff.clear("Reading the diff …");
  refresh();
}

function showUnsent() {
  const number = marks?.comments.length ?? 0;
  $("unsent").hidden = !number;
  tell($("unsent"), `${counted(number, "comment")} on lines: a rework sends them.`);
}

function showOrder(waiting) {
  const at = waiting.findIndex((one) => one.id === change.id);
  if (at >= 0) place = at;
  const before = waiting[place - 1];
  // What was judged has left the list: the next one stands in its place.
  const after = at < 0 ? (waiting[place] ?? waiting.at(-1)) : waiting[at + 1];
  tell(
    $("position"),
    waiting.length ? `${at < 0 ? "" : `${at + 1} of `}${waiting.length} waiting` : "Nothing waits",
  );
  for (const [id, one] of [
    ["before", before],
    ["after", after],
  ]) {
    $(id).hidden = !one;
    if (!one) continue;
    $(id).href = changePlace(one.id);
    $(id).title = flat(one.title);
    $(id).change = one.id;
  }
}

function go(id) {
  if (!$(id).hidden) visit($(id).href);
}

function visit(place) {
  history.pushState(null, "", place);
  open();
}

async function batch() {
  if (!change) return;
  if (!facts.batches) {
    form.report(`Lane ${change.lane} wants a yes to each of its changes.`, "asks");
    return;
  }
  const place = api(change.id);
  try {
    const wish = await askBatch(place);
    if (wish.open) visit(changePlace(wish.open));
    else if (wish.batch) await form.approveBatch(place, wish.batch);
  } catch (error) {
    form.report(error.message, "bad");
  }
}

function open() {
  marks?.leave();
  marks?.keep();
  name = placeName();
  change = facts = read = marks = null;
  form.report("", "");
  form.show([], "");
  form.allow("", false);
  $("moved").hidden = $("news").hidden = true;
  tell($("shape"), "");
  diff.clear("Reading the diff …");
  scrollTo(0, 0);
  $("main").focus({ preventScroll: true });
  refresh();
}

function judged(which, done) {
  if (which.id !== change?.id) return look();
  if (done) {
    marks = new Marks(change.id, read.head);
    showDiff();
    showUnsent();
  }
  form.allow(done ? "" : change.state, false);
  return look();
}

function whole() {
  if (!read?.since) return;
  marks.whole = !marks.whole;
  marks.save();
  showDiff();
}

listen({
  a: () => form.begin("approve"),
  r: () => form.begin("rework"),
  i: () => form.begin("reimplement"),
  x: () => form.begin("close"),
  d: () => form.begin("defer"),
  b: batch,
  u: () => form.undo(),
  c: () => diff.comment() || form.report(NO_LINE[Boolean(diff.row)], "asks"),
  j: () => diff.move(1),
  k: () => diff.move(-1),
  g: () => diff.end(false),
  G: () => diff.end(true),
  " ": () => diff.seen(),
  v: () => diff.unfold(),
  w: whole,
  n: () => go("after"),
  p: () => go("before"),
  Enter: () => $("moved").hidden || anew(),
  Escape: () => location.assign("/gate"),
  "?": showKeys,
  q: () => location.assign("/"),
});
for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "input"])
  addEventListener(kind, () => marks?.touch(), { passive: true });
for (const kind of ["scroll", "resize", "toggle"])
  addEventListener(kind, settle, { passive: true, capture: true });
addEventListener("visibilitychange", () => {
  if (document.hidden) return marks?.leave();
  marks?.touch();
  settle();
  return tellLook().catch((error) => form.report(error.message, "bad"));
});
addEventListener("pagehide", () => marks?.keep());
addEventListener("popstate", () => placeName() === name || open());
for (const id of ["before", "after"])
  $(id).addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(id);
  });
$("anew").addEventListener("click", anew);
$("whole").addEventListener("click", whole);
$("keys-button").addEventListener("click", showKeys);
$("diff").addEventListener("commented", showUnsent);
