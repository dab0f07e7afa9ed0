// One session, live: its log from the start, who asked what of it, and the controls.

import { atMostEvery, nextFrame } from "./calm.js";
import { ask, person, watch } from "./connection.js";
import { wish } from "./control.js";
import { showDiff } from "./diff.js";
import { $, announce, badge, each, fill, make, tell } from "./dom.js";
import { entryNode } from "./entries.js";
import { keep, kept, workOffline } from "./kept.js";
import { Live } from "./live.js";
import { sure } from "./questions.js";
import { approvalRow, changePlace, tickAll } from "./rows.js";
import { showFacts } from "./session-facts.js";
import { hasAnswered, lastOf, newStory, tell as tellStory } from "./story.js";
import { clipped, clock, flat, stateWord, tone } from "./words.js";

const SHOWN = 200;
const MOST_SHOWN = 600;
const KEPT = 200;
const HINT = "Ctrl+Enter sends. Interrupt ends the turn at once; with words, it goes on with them.";
const session = decodeURIComponent(location.pathname.split("/")[2]);

let story = newStory();
let caughtUp = false;
let isKept = false;
let first = 0;
let row = null;
const wishes = new Map();
const here = new Map();
const live = new Live();
const isOld = watch(live, () => look());
const draw = nextFrame(drawAll);
const look = atMostEvery(1500, refresh);
const work = atMostEvery(5000, showWork);
const remember = atMostEvery(
  2000,
  () => !isKept && keep(`session ${session}`, { row, story: lastOf(story, KEPT) }),
);

document.title = `${session} · ${document.title.split(" · ").pop()}`;
live.follow(`s/${session}`, "-1", take, begin);
live.follow(`s/${session}/presence`, "-1", takePresence, () => here.clear());
live.addEventListener("missing", (event) => event.detail.path === `s/${session}` && missing());
live.connect();
workOffline();
setInterval(tickAll, 1000);
showKept();
look();

function take(events, upToDate) {
  const following = caughtUp ? isAtEnd() : scroller() !== document.scrollingElement;
  if (isKept) begin();
  tellStory(story, events);
  if (!upToDate && !caughtUp) return;
  const seen = story.entries.length - first;
  if (!caughtUp || (following && seen > MOST_SHOWN))
    first = Math.max(0, story.entries.length - SHOWN);
  caughtUp = true;
  draw.follow = following;
  draw();
  look();
  remember();
}

// Who is there: messages of the State Protocol; who has gone is still named.
function takePresence(messages) {
  for (const said of messages) {
    if (said?.type !== "presence") continue;
    here.set(
      flat(said.key),
      said.headers?.operation === "delete" ? "offline" : flat(said.value?.status ?? ""),
    );
  }
  draw();
}

// Read the log from its start: what was kept of it, or of the one before, goes.
function begin() {
  story = newStory();
  isKept = caughtUp = false;
  first = 0;
}

async function refresh() {
  const status = await ask("/v1/status").catch(() => null);
  if (!status) return;
  row = status.sessions.find((one) => one.id === session) ?? null;
  if (caughtUp) remember();
  tell($("gate-count"), status.gate.waiting ? String(status.gate.waiting) : "");
  draw();
}

// What this browser knew last, until the log itself is here.
async function showKept() {
  const last = await kept(`session ${session}`);
  if (!last || caughtUp || story.events) return;
  isOld(last.at);
  story = { ...newStory(), ...last.value.story };
  row ??= last.value.row;
  isKept = true;
  draw();
}

function missing() {
  if (!story.entries.length) tell($("log-count"), "There is no log of this session yet.");
}

function drawAll() {
  drawHead();
  showFacts(story, row, here);
  drawApprovals();
  drawWishes();
  drawLog();
  drawWork();
  if (draw.follow) scrollToEnd();
  draw.follow = false;
}

function state() {
  if (story.ended) return story.ended.outcome || "ended";
  return row?.outcome || row?.state || (story.inTurn ? "working" : "unknown");
}

function drawHead() {
  const began = story.began ?? {};
  tell($("title"), flat(began.title || row?.title || session));
  const parts = [
    session,
    began.lane && `lane ${began.lane}`,
    began.agent && `agent ${began.agent}`,
    began.attempt && `attempt ${began.attempt}`,
    began.autonomy,
  ];
  tell($("origin"), flat(parts.filter(Boolean).join(" · ")));
  const why = story.ended ? story.ended.reason : row?.evidence?.why;
  fill(
    $("state"),
    badge(stateWord(state()), tone(state())),
    make("span", { dir: "auto" }, clipped(flat(why ?? ""), 300)),
  );
  const over = Boolean(story.ended);
  const nobody = over || !(row || story.events);
  for (const name of ["words", "steer", "interrupt", "cancel"]) $(name).disabled = nobody;
  $("controls").classList.toggle("over", over);
  for (const node of [$("words"), $("words-label")]) node.hidden = over;
  tell($("words-hint"), over ? "It has ended: nothing can be asked of it." : HINT);
  if (caughtUp && drawHead.said && drawHead.said !== state())
    announce(`It is ${stateWord(state())} now.`);
  drawHead.said = caughtUp ? state() : "";
}

function drawApprovals() {
  const open = story.ended ? [] : Object.values(story.approvals).map((at) => story.entries[at]);
  const asked = open.map((entry) => ({ session, request: entry.request, command: entry.command }));
  if (asked.length > $("approvals").children.length) announce("It asks for your approval.");
  each(
    $("approvals"),
    asked,
    (one) => one.request,
    (one) => approvalRow(live, one, announce),
  );
}

// What was asked here and is not in the log yet; the log then says what came of it.
function drawWishes() {
  for (const id of [...wishes.keys()]) if (hasAnswered(story, id)) wishes.delete(id);
  each(
    $("wishes"),
    [...wishes.values()],
    (one) => one.id,
    (one) =>
      make(
        "li",
        make("b", one.op),
        one.text ? ` ${flat(one.text)}` : "",
        make("span.hint", ` ${one.state}`),
      ),
  );
}

// Shown once it has changed a file; read anew when it changes more, or ends, while it is open.
function drawWork() {
  const ended = Boolean(story.ended);
  const mark = `${story.changes} ${ended}`;
  if (!story.changes || mark === drawWork.mark) return;
  drawWork.mark = mark;
  $("work").hidden = false;
  if (ended) $("work").open = true;
  work();
}

function drawLog() {
  if (!caughtUp) first = Math.max(0, story.entries.length - SHOWN);
  each(
    $("log"),
    story.entries.slice(first),
    (entry) => `${story.life} ${entry.at}`,
    entryNode,
    (entry) => entry.seen,
  );
  $("earlier").hidden = first === 0;
  tell($("earlier"), `Show earlier (${first} more)`);
  if (story.entries.length) tell($("log-count"), "");
  $("latest").hidden = isAtEnd();
}

// What it has made of its base: as it is in the workspace now, or as it was kept.
async function showWork() {
  if (!$("work").open) return;
  const found = await ask(`/v1/sessions/${encodeURIComponent(session)}/work`).catch((error) => ({
    error,
  }));
  if (found.error) return fill($("diff"), make("p.hint", flat(found.error.message)));
  const words =
    found.where === "workspace"
      ? `In its workspace at ${clock(Date.now() / 1000)}.`
      : found.where
        ? "As it was kept."
        : "Nothing of it is here.";
  const change =
    row?.outcome === "proposed"
      ? [" ", make("a", { href: changePlace(row.item) }, "Its change at the gate")]
      : [];
  return showDiff($("diff"), found.diff, { before: make("p.hint", words, change) });
}

// On a wide screen the log scrolls beside the controls, on a narrow one the page does.
function scroller() {
  return getComputedStyle($("log-box")).overflowY === "auto"
    ? $("log-box")
    : document.scrollingElement;
}

function isAtEnd() {
  const box = scroller();
  return box.scrollHeight - box.scrollTop - box.clientHeight < 120;
}

function scrollToEnd() {
  scroller().scrollTop = scroller().scrollHeight;
}

function send(op, more) {
  const one = { ...wish(op, more), state: live.open ? "sent" : "waits for the connection" };
  wishes.set(one.id, one);
  draw();
  const { state: _, ...message } = one;
  live.ask(session, message).then(
    () => said(one, "on record; the session has not answered yet"),
    (error) => said(one, `refused: ${error.message}`),
  );
}

function said(one, words) {
  if (!wishes.has(one.id)) return;
  wishes.set(one.id, { ...one, state: words });
  draw();
}

$("controls").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("words").value.trim();
  if (!text) return $("words").focus();
  $("words").value = "";
  send("steer", { text });
  return announce("Steer sent.");
});
$("words").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("controls").requestSubmit();
});
$("interrupt").addEventListener("click", () => {
  const text = $("words").value.trim();
  $("words").value = "";
  send("interrupt", text ? { text } : {});
});
$("work").addEventListener("toggle", showWork);
$("cancel").addEventListener("click", async () => {
  const yes = await sure(
    "Cancel this session?",
    "Its turn ends and its work so far is kept. To let it go on with other words, steer or interrupt it instead.",
    "Cancel the session",
  );
  if (yes) send("cancel", { reason: `cancelled by ${person()}` });
});
$("earlier").addEventListener("click", () => {
  const box = scroller();
  const before = box.scrollHeight - box.scrollTop;
  first = Math.max(0, first - SHOWN);
  drawLog();
  box.scrollTop = box.scrollHeight - before;
});
$("latest").addEventListener("click", () => {
  first = Math.max(first, story.entries.length - SHOWN);
  drawLog();
  scrollToEnd();
});
for (const box of [window, $("log-box")])
  box.addEventListener("scroll", () => ($("latest").hidden = isAtEnd()), { passive: true });
if (matchMedia("(max-width: 800px)").matches) $("facts-box").open = false;
