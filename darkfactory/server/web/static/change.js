// One change: what holds of it, what the agent claims, its diff, and the verdict.

import { atMostEvery } from "./calm.js";
import { showClaims, showFacts, showLook, showTaste } from "./change-facts.js";
import { ask, watch } from "./connection.js";
import { showDiff } from "./diff.js";
import { $, announce, badge, fill, make, tell } from "./dom.js";
import { keep, kept, workOffline } from "./kept.js";
import { Live } from "./live.js";
import { sure } from "./questions.js";
import { changePlace, sessionPlace, tickAll } from "./rows.js";
import { clipped, flat, plain, stateWord, tone } from "./words.js";

const JUDGED = ["waiting_taste", "deferred"];
const OPEN = [...JUDGED, "bounced", "rework", "abandoned", "checking"];
const STEPS = {
  approved: "Approved.",
  queued: "Queued for landing …",
  testing: "Tested on the merge …",
  landing: "Landing …",
};

const name = decodeURIComponent(location.pathname.split("/")[2]);
const live = new Live();
const look = atMostEvery(1000, refresh);
const isOld = watch(live, look);
let change = null;
let judging = false;
let waiting = [];

live.follow("factory", "now", (events) => {
  if (judging)
    events
      .filter((event) => event.data?.change === change.id)
      .forEach((event) => step(event.type.slice("change.".length)));
  else look();
});
live.connect();
workOffline();
setInterval(tickAll, 1000);
look();

async function refresh() {
  try {
    const [found, gate] = await Promise.all([
      ask(`/v1/gate/${encodeURIComponent(name)}`),
      ask("/v1/gate"),
    ]);
    waiting = gate.changes.filter((one) => one.state === "waiting_taste");
    tell($("gate-count"), waiting.length ? String(waiting.length) : "");
    if (!judging) show(found);
    await keep(`change ${name}`, found);
  } catch (error) {
    if (change !== null) return;
    const last = error.status === 404 ? null : await kept(`change ${name}`);
    if (!last)
      return tell($("origin"), flat([error.message, error.fix].filter(Boolean).join(". ")));
    isOld(last.at);
    show(last.value);
  }
}

function show({ change: found, taste }) {
  const moved = change !== null && change.head !== found.head;
  const fresh = change === null || moved;
  change = found;
  if (moved) report("This is a new revision: read it again.", "asks");
  document.title = `${found.id} · ${document.title.split(" · ").pop()}`;
  tell($("title"), flat(found.title || found.item));
  const session = found.session
    ? make("a", { href: sessionPlace(found.session) }, flat(found.session))
    : null;
  const parts = [
    found.id,
    `item ${found.item}`,
    found.lane && `lane ${found.lane}`,
    `revision ${found.revision}`,
  ].filter(Boolean);
  fill(
    $("origin"),
    badge(stateWord(found.state), tone(found.state)),
    flat(parts.join(" · ")),
    session ? " · " : null,
    session,
  );
  showFacts(found);
  showLook(found);
  showClaims(found.claims);
  $("summary-box").hidden = !found.summary;
  tell($("summary"), plain(found.summary));
  if (fresh) showDiff($("diff"), found.diff, { pick });
  if (fresh) showTaste(taste);
  allow(found.state);
}

// A line of the diff was clicked, and not to select its text: a rework may name it.
function pick(path, line) {
  const place = `${path}:${line}`;
  const places = $("places").value.split(/\s+/).filter(Boolean);
  if (String(getSelection()) || places.includes(place)) return;
  $("places").value = [...places, place].join(" ");
}

function allow(state) {
  const may = { approve: JUDGED, defer: JUDGED, rework: OPEN, close: OPEN };
  for (const button of $("verdict").querySelectorAll("button"))
    button.disabled = judging || !may[button.value].includes(state);
}

function report(text, kind, ...more) {
  $("result").hidden = false;
  $("result").className = `result ${kind}`;
  fill($("result"), make("span", { dir: "auto" }, flat(text)), ...more);
}

function step(verb) {
  if (STEPS[verb]) report(STEPS[verb], "busy");
}

$("verdict").addEventListener("submit", (event) => {
  event.preventDefault();
  judge(event.submitter.value);
});

async function judge(verdict) {
  const text = $("words").value.trim();
  if (verdict === "rework" && !text) {
    report("Say what is to change: the agent gets your words.", "asks");
    return $("words").focus();
  }
  const warnings = verdict === "approve" ? (change.warnings ?? []) : [];
  if (
    warnings.length &&
    !(await sure("Approve it all the same?", flat(warnings.join("; ")), "Approve it"))
  ) {
    return report("Not approved yet.", "asks");
  }
  judging = true;
  allow(change.state);
  report(verdict === "approve" ? "Approving …" : "Sending …", "busy");
  try {
    const said = await ask(`/v1/gate/${encodeURIComponent(change.id)}`, {
      ...body(verdict, text),
      confirm: warnings.length > 0,
    });
    $("words").value = $("places").value = "";
    outcome(verdict, said);
  } catch (error) {
    report(error.message, "bad", error.fix ? make("p.hint", flat(error.fix)) : null);
  } finally {
    judging = false;
    look();
  }
  return undefined;
}

function body(verdict, text) {
  const answers = [...$("taste").querySelectorAll("input:checked")].map((one) => [
    one.name.slice("taste-".length),
    one.value === "yes",
  ]);
  const at = $("places").value.split(/\s+/).filter(Boolean);
  const more = {
    rework: { at },
    close: { as: $("close-as").value },
    defer: { until: $("until").value },
    approve: { taste: Object.fromEntries(answers) },
  };
  return { verdict, head: change.head, text, ...more[verdict] };
}

function outcome(verdict, said) {
  if (verdict !== "approve") {
    const words = {
      rework: "Sent back: the agent gets your words.",
      close: "Closed.",
      defer: `Put aside for ${$("until").selectedOptions[0].text}.`,
    };
    return report(words[verdict], "good");
  }
  const own = (rows) => rows.find((row) => row.id === change.id);
  const landed = own(said.landed);
  const no = own(said.bounced) ?? own(said.refused);
  const notes = said.warnings.map((one) => make("p.hint", { dir: "auto" }, flat(one)));
  if (landed) report(`Landed as ${landed.commit.slice(0, 12)}.`, "good", notes, next());
  else if (no) report(`It did not land: ${no.detail?.why ?? no.reason}`, "bad", notes);
  else report("Approved; it lands when its turn comes.", "good", notes);
  return announce($("result").textContent);
}

function next() {
  const other = waiting.find((one) => one.id !== change.id);
  if (!other) return make("p", "Nothing else waits.");
  return make(
    "p",
    "Next: ",
    make("a", { href: changePlace(other.id), dir: "auto" }, clipped(flat(other.title), 60)),
  );
}
