// The gate: every change that is not over, in the order in which people read them.

import { atMostEvery } from "./calm.js";
import { ask, watch } from "./connection.js";
import { $, announce, each, fill, make, tell } from "./dom.js";
import { keep, kept, workOffline } from "./kept.js";
import { Live } from "./live.js";
import { changeRow, tickAll } from "./rows.js";
import { counted, flat } from "./words.js";

const GROUPS = [
  ["Ready for a verdict", (change) => change.state === "waiting_taste"],
  [
    "On their way",
    (change) => ["approved", "queued", "testing", "landing", "checking"].includes(change.state),
  ],
  ["Back with their agents", (change) => ["rework", "bounced", "abandoned"].includes(change.state)],
  ["Put aside", (change) => change.state === "deferred"],
];

const live = new Live();
const look = atMostEvery(1000, refresh);
const isOld = watch(live, look);
let ready = null;

live.follow("factory", "now", look);
live.connect();
workOffline();
setInterval(tickAll, 1000);
look();

async function refresh() {
  try {
    const { changes } = await ask("/v1/gate");
    show(changes);
    await keep("gate", changes);
  } catch (error) {
    if (ready !== null) return;
    const last = await kept("gate");
    if (!last) return fill($("changes"), make("p.quiet", flat(error.message)));
    isOld(last.at);
    show(last.value);
  }
}

function show(changes) {
  const waiting = changes.filter(GROUPS[0][1]).length;
  if (ready !== null && waiting > ready)
    announce(`${counted(waiting, "change")} ready for a verdict.`);
  ready = waiting;
  tell($("gate-count"), waiting ? String(waiting) : "");
  tell(
    $("summary"),
    waiting
      ? `${counted(waiting, "change")} ready, small risk first`
      : "No change waits for a verdict.",
  );
  const groups = GROUPS.map(([name, holds]) => ({ name, changes: changes.filter(holds) })).filter(
    (group) => group.changes.length,
  );
  each($("changes"), groups, (group) => group.name, groupNode);
}

function groupNode({ name, changes }, before) {
  const id = `group-${name}`.replace(/\W/g, "_");
  const node =
    before ??
    make(
      "section.lane",
      { "aria-labelledby": id },
      make("div.lane-head", make("h2", { id }, name)),
      make("ul.rows"),
    );
  each(node.querySelector("ul"), changes, (change) => change.id, changeRow);
  return node;
}
