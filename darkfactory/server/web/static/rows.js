// Rows that several pages have: sessions, changes, approvals.

import { badge, make } from "./dom.js";
import { answer } from "./control.js";
import { spark } from "./spark.js";
import {
  age,
  clipped,
  count,
  flat,
  harnessTone,
  harnessWord,
  share,
  stateWord,
  tone,
} from "./words.js";

export const sessionPlace = (id) => `/session/${encodeURIComponent(id)}`;
export const changePlace = (id) => `/gate/${encodeURIComponent(id)}`;

// Seconds that go on while nobody asks the server: `data-since` is when they were 0.
export function ticking(seconds) {
  if (!Number.isFinite(seconds)) return "";
  return make("span", { "data-since": Date.now() - seconds * 1000 }, age(seconds));
}

export function tickAll() {
  for (const node of document.querySelectorAll("[data-since]")) {
    const words = age((Date.now() - Number(node.dataset.since)) / 1000);
    if (node.textContent !== words) node.textContent = words;
  }
}

export function sessionRow(row) {
  const state = row.outcome || row.state;
  const why = flat(row.evidence?.why || "");
  const seen = row.evidence?.event_age_seconds;
  const doing = row.state === "ended" ? "" : flat(row.last_action || "");
  const score = share(row.waffle);
  return make(
    "li.session",
    badge(stateWord(state), tone(state)),
    make(
      "div.what",
      make(
        "a",
        { href: sessionPlace(row.id), "data-name": "open", dir: "auto" },
        clipped(flat(row.title || row.item || row.id), 120),
      ),
      make("span.id", flat(row.id)),
    ),
    make(
      "div.why",
      make("span", { dir: "auto" }, clipped(why, 160)),
      doing ? make("code", { dir: "auto" }, clipped(doing, 90)) : null,
      doubted(row) ? make("span.doubt", { dir: "auto" }, clipped(doubted(row), 200)) : null,
    ),
    make(
      "dl.figures",
      figure("waffle", score && make("span", spark(row.waffle_scores), score)),
      figure("tokens", row.tokens ? count(row.tokens) : ""),
      figure(
        row.state === "ended" ? "took" : "age",
        row.state === "ended" ? age(row.age_seconds) : ticking(row.age_seconds),
      ),
      figure(row.state === "ended" ? "ended" : "seen", ticking(seen)),
    ),
  );
}

// What the score of a session asks for, and the first reason; nothing where it asks for nothing.
function doubted(row) {
  const asks = { warn: "WARN", steer: "STEER", nuke: "NUKE" }[row.waffle_action];
  return asks ? `${asks}: ${flat(row.waffle_because)}` : "";
}

function figure(name, value) {
  return make(
    `div${value === "" ? ".none" : ""}`,
    make("dt", name),
    make("dd", value === "" ? "–" : value),
  );
}

export function changeRow(change) {
  const harness = harnessWord(change.harness);
  return make(
    "li.change",
    badge(stateWord(change.state), tone(change.state)),
    make(
      "div.what",
      make(
        "a",
        { href: changePlace(change.id), "data-name": "open", dir: "auto" },
        clipped(flat(change.title || change.item), 120),
      ),
      make("span.id", flat(`${change.id}${change.lane ? ` · ${change.lane}` : ""}`)),
    ),
    make(
      "div.why",
      badge(harness, harnessTone(change.harness)),
      make("span", { dir: "auto" }, clipped(flat(reasons(change)), 160)),
    ),
    make(
      "dl.figures",
      figure("risk", share(change.risk.score)),
      figure("waffle", share(change.waffle.score)),
      figure(
        "lines",
        make("span.sizes", make("ins", `+${change.added}`), " ", make("del", `−${change.removed}`)),
      ),
      figure("age", ticking(change.age_seconds)),
    ),
  );
}

function reasons(change) {
  const conflicts = change.conflicts_with.length
    ? [`conflicts with ${change.conflicts_with.join(", ")}`]
    : [];
  const base = change.conflicts_with_base.length ? ["conflicts with the base"] : [];
  return [...change.risk.reasons, ...base, ...conflicts].join("; ");
}

export function approvalRow(live, asked, report) {
  const id = `asked-${asked.session}-${asked.request}`.replace(/[^\w-]/g, "_");
  const say = answer(live, asked.session, asked.request, report);
  return make(
    "li.approval",
    make(
      "p.asked",
      { id },
      asked.link
        ? make(
            "a",
            { href: sessionPlace(asked.session), "data-name": "open" },
            flat(asked.title || asked.session),
          )
        : "It",
      " wants to run",
    ),
    make("pre.command", make("code", { dir: "auto" }, flat(asked.command || "a step"))),
    make(
      "div.buttons",
      make(
        "button.primary",
        { type: "button", "data-name": "approve", "aria-describedby": id, onclick: say("approve") },
        "Approve",
      ),
      make(
        "button",
        { type: "button", "data-name": "deny", "aria-describedby": id, onclick: say("deny") },
        "Deny",
      ),
    ),
  );
}
