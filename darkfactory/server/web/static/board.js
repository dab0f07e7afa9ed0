// The board: what waits for a person, then each lane with its counts and sessions, as they change.

import { atMostEvery } from "./calm.js";
import { ask, watch } from "./connection.js";
import { $, announce, badge, each, fact, fill, make, tell } from "./dom.js";
import { keep, kept, workOffline } from "./kept.js";
import { Live } from "./live.js";
import { approvalRow, changeRow, sessionRow, tickAll } from "./rows.js";
import { count, counted, flat, plain } from "./words.js";

const COUNTS = ["todo", "working", "waiting", "landed", "bounced", "failed"];
const SELDOM = ["reported", "cancelled", "closed"];
const URGENT = ["unknown", "blocked", "idle"];
const MOST_ENDED = 30;
const EVEN_SO = 20_000;
const TITLE = document.title;

const live = new Live();
const look = atMostEvery(1000, refresh);
const isOld = watch(live, look);
let told = null;

live.follow("factory", "now", look);
live.connect();
workOffline();
setInterval(tickAll, 1000);
setInterval(() => live.open && !document.hidden && look(), EVEN_SO);
document.addEventListener("visibilitychange", () => !document.hidden && look());
look();

async function refresh() {
  try {
    const [status, gate] = await Promise.all([ask("/v1/status"), ask("/v1/gate")]);
    follow(status.sessions);
    show(status, gate.changes);
    await keep("board", { status, changes: gate.changes });
  } catch (error) {
    if (told === null) await showKept(error);
  }
}

async function showKept(error) {
  const last = await kept("board");
  if (!last) return fill($("lanes"), make("p.quiet", flat(error.message)));
  isOld(last.at);
  return show(last.value.status, last.value.changes);
}

// What a working session does is told by its own stream; the factory's tells when it has ended.
function follow(sessions) {
  const going = new Set(
    sessions.filter((row) => row.state !== "ended").map((row) => `s/${row.id}`),
  );
  for (const path of live.followed) if (path !== "factory" && !going.has(path)) live.unfollow(path);
  for (const path of going) if (!live.followed.includes(path)) live.follow(path, "now", look);
}

function show(status, changes) {
  showSummary(status);
  showWaiting(status, changes);
  showLanes(status);
  tell($("gate-count"), status.gate.waiting ? String(status.gate.waiting) : "");
}

function showSummary(status) {
  const { budget } = status;
  const tokens = budget.tokens
    ? `${count(budget.run_tokens)} of ${count(budget.tokens)}`
    : count(budget.run_tokens);
  const usd = budget.usd
    ? `${budget.run_usd.toFixed(2)} of ${budget.usd} USD`
    : budget.run_usd
      ? `${budget.run_usd.toFixed(2)} USD`
      : "";
  const brain = status.brain_space;
  const run = status.suspended ? "SUSPENDED" : status.running ? "going on" : "none";
  fill(
    $("summary"),
    fact("run", run),
    fact("tokens", tokens),
    fact("cost", usd),
    fact("open decisions", brain.limit ? `${brain.open} of ${brain.limit}` : String(brain.open)),
  );
}

function showWaiting(status, changes) {
  const going = status.sessions.filter((row) => row.state !== "ended");
  const approvals = going.flatMap((row) =>
    (row.evidence.approvals ?? []).map((one) => ({
      ...one,
      session: row.id,
      title: row.title,
      link: true,
    })),
  );
  const stuck = going.filter((row) => URGENT.includes(row.state));
  const ready = changes.filter((one) => one.state === "waiting_taste");
  const rows = [
    ...(status.base
      ? [{ key: "base", build: () => branchRow(status.base), said: status.base }]
      : []),
    ...approvals.map((one) => ({
      key: `a ${one.session} ${one.request}`,
      build: () => approvalRow(live, one, announce),
      said: one,
    })),
    ...ready.map((one) => ({ key: `c ${one.id}`, build: () => changeRow(one), said: one })),
    ...stuck.map((row) => ({ key: `s ${row.id}`, build: () => sessionRow(row), said: row })),
  ];
  $("attention").hidden = !rows.length;
  tell($("attention-title"), `Waits for you (${rows.length})`);
  each(
    $("waiting"),
    rows,
    (row) => row.key,
    (row) => row.build(),
  );
  const news = approvals.length + ready.length;
  if (told !== null && news > told)
    announce(`${counted(news, "decision")} ${news === 1 ? "waits" : "wait"} for you.`);
  told = news;
  document.title = `${rows.length ? `(${rows.length}) ` : ""}${TITLE}`;
}

function branchRow(base) {
  return make(
    "li.approval",
    make(
      "p",
      badge("YOUR BRANCH", "bad"),
      make(
        "span",
        { dir: "auto" },
        ` ${flat(base.branch)} lacks what has landed: ${flat(base.reason)}`,
      ),
    ),
    make("pre.command", make("code", { dir: "auto" }, plain(base.command))),
  );
}

function showLanes(status) {
  const names = new Set(status.lanes.map((lane) => lane.name));
  const stray = status.sessions.filter((row) => !names.has(row.lane));
  const lanes = status.lanes.map((lane) => ({
    lane,
    sessions: status.sessions.filter((row) => row.lane === lane.name),
  }));
  if (stray.length || COUNTS.some((name) => status.no_lane[name]))
    lanes.push({ lane: { ...status.no_lane, name: "" }, sessions: stray });
  if (!lanes.length)
    return fill($("lanes"), make("p.quiet", "No lanes yet: df triage sorts the backlog."));
  return each($("lanes"), lanes, (one) => `lane ${one.lane.name}`, laneNode);
}

function laneNode({ lane, sessions }, before) {
  const node = before ?? emptyLane(lane);
  const going = sessions.filter((row) => row.state !== "ended");
  const ended = sessions.filter((row) => row.state === "ended").reverse();
  const names = [...COUNTS, ...SELDOM.filter((name) => lane[name])];
  fill(
    node.querySelector("dl"),
    names.map((name) =>
      make(
        `div.${name}${lane[name] ? "" : ".none"}`,
        make("dt", name),
        make("dd", String(lane[name])),
      ),
    ),
  );
  each(node.querySelector(".going"), going, (row) => row.id, sessionRow);
  each(node.querySelector(".ended"), ended.slice(0, MOST_ENDED), (row) => row.id, sessionRow);
  node.querySelector("details").hidden = !ended.length;
  const more = ended.length > MOST_ENDED ? `, the last ${MOST_ENDED} are shown` : "";
  tell(node.querySelector("summary"), `${counted(ended.length, "session")} ended${more}`);
  return node;
}

function emptyLane(lane) {
  const id = `lane-${lane.name || "none"}`.replace(/[^\w-]/g, "_");
  return make(
    "section.lane",
    { "aria-labelledby": id },
    make("div.lane-head", make("h2", { id }, flat(lane.name || "in no lane")), make("dl.counts")),
    make("ul.rows.going"),
    make("details.past", make("summary"), make("ul.rows.ended")),
  );
}
