// How each entry of a session's log looks. Everything in it was written by an agent: only ever text.

import { badge, make } from "./dom.js";
import { clipped, clock, flat, plain, share, stateWord, tone } from "./words.js";

const LONGEST = 12_000;
const ROLES = { user: "Told", assistant: "Agent", system: "System", posted: "Posted" };

export function entryNode(entry, known) {
  const open = known?.querySelector("details")?.open ?? false;
  const build = LOOKS[entry.kind] ?? LOOKS.other;
  const node = make(
    `li.entry.${entry.kind}`,
    make("time", { datetime: String(entry.ts ?? "") }, clock(entry.ts)),
    build(entry, open),
  );
  if (entry.parent) node.classList.add("sub");
  return node;
}

function text(said, kind = "div.said") {
  const whole = plain(said).replace(/\n+$/, "");
  const node = make(
    kind,
    { dir: "auto" },
    whole.length <= LONGEST ? whole : whole.slice(0, LONGEST),
  );
  if (whole.length <= LONGEST) return node;
  const more = make("button.quiet", { type: "button" }, `Show all ${whole.length} characters`);
  more.addEventListener("click", () => {
    node.textContent = whole;
    more.remove();
  });
  return make("div", node, more);
}

function who(entry) {
  if (entry.own || !entry.agent) return null;
  return make(
    "span.who",
    flat(entry.agent),
    entry.parent ? make("span.quiet", flat(` for ${entry.parent}`)) : null,
  );
}

function message(entry) {
  const role = ROLES[entry.role] ?? flat(entry.role || "?");
  const body = text(entry.text);
  const long = entry.role !== "assistant" && plain(entry.text).length > 240;
  if (!long)
    return make(
      `div.body.${entry.role === "assistant" ? "assistant" : "told"}`,
      make("span.role", role),
      who(entry),
      body,
    );
  const first = clipped(flat(entry.text), 140);
  return make(
    "details.body.told",
    make("summary", make("span.role", role), make("span.first", first)),
    body,
  );
}

function tool(entry, open) {
  const target = flat(entry.command || entry.paths.join(" "));
  const failed = !["ok", "running"].includes(entry.status);
  const status =
    entry.status === "ok"
      ? "ok"
      : entry.status === "running"
        ? "running"
        : entry.status.toUpperCase();
  const exit = Number.isInteger(entry.exit) && entry.exit !== 0 ? ` exit ${entry.exit}` : "";
  const summary = make(
    "summary",
    who(entry),
    make("span.tool", flat(entry.name || entry.tool || "tool")),
    make("code.target", { dir: "auto" }, clipped(target, 300)),
    entry.files.map((file) => sizes(file, flat(file.path) !== target)),
    make(
      `span.status.${failed ? "bad" : entry.status === "ok" ? "good" : "busy"}`,
      `${status}${exit}`,
    ),
  );
  const parts = [
    entry.command && plain(entry.command) !== target
      ? make("pre.command", make("code", { dir: "auto" }, plain(entry.command)))
      : null,
    entry.files.length
      ? make(
          "ul.files",
          entry.files.map((file) => make("li", sizes(file))),
        )
      : null,
    entry.output
      ? text(entry.output, "pre.output")
      : make("p.hint", entry.status === "running" ? "No output yet." : "No output."),
    Number.isFinite(entry.ms) ? make("p.hint", `${(entry.ms / 1000).toFixed(1)} s`) : null,
  ];
  return make("details.body", { open: open || null }, summary, parts);
}

function sizes(file, withPath = true) {
  const added = Number.isFinite(file.added) ? make("ins", `+${file.added}`) : null;
  const removed = Number.isFinite(file.removed) ? make("del", `−${file.removed}`) : null;
  return make(
    "span.sizes",
    withPath ? make("span.path", { dir: "auto" }, `${flat(file.path)} `) : null,
    added,
    " ",
    removed,
  );
}

function approval(entry) {
  const said = entry.decision
    ? `${entry.decision === "approve" ? "approved" : "denied"} by ${flat(entry.by ?? "?")}`
    : "waits for a yes";
  const tone_ = entry.decision === "approve" ? "good" : entry.decision ? "bad" : "asks";
  return make(
    "div.body.row",
    make("span.tool", "approval"),
    make("code.target", { dir: "auto" }, flat(entry.command || entry.tool || entry.request)),
    badge(said, tone_),
  );
}

const ASKED = {
  steer: "steered",
  interrupt: "interrupted",
  cancel: "cancelled",
  approve: "approved",
  deny: "denied",
};

function control(entry) {
  const by = flat(entry.by ?? "?");
  const how =
    entry.state === "applied" && entry.how
      ? `applied ${entry.how === "now" ? "at once" : flat(entry.how)}`
      : entry.state;
  const bad = entry.state === "rejected" || entry.state === "expired";
  const shown = bad ? entry.state.toUpperCase() : how;
  const head = [
    make("span.role", `${by} ${ASKED[entry.op] ?? flat(entry.op)}`),
    badge(shown, bad ? "bad" : entry.state === "applied" ? "good" : "busy"),
  ];
  const why = entry.reason ? make("p.hint", flat(entry.reason)) : null;
  return make("div.body.asked", make("div", head), entry.text ? text(entry.text) : null, why);
}

function waffle(entry) {
  const word = entry.action.toUpperCase();
  const reasons = entry.because.map((one) => make("li", flat(one)));
  return make(
    "div.body.row",
    badge(`waffle ${share(entry.score) || "0"} ${word}`, "bad"),
    make("ul.reasons", reasons),
  );
}

function harness(entry) {
  const good = entry.result === "pass";
  const failing = Array.isArray(entry.failing) ? entry.failing : [];
  return make(
    "div.body.row",
    make("span.tool", "harness"),
    badge(good ? "pass" : flat(entry.result || "?").toUpperCase(), good ? "good" : "bad"),
    failing.length
      ? make(
          "ul.reasons",
          failing.slice(0, 20).map((one) => make("li", flat(one))),
        )
      : null,
  );
}

function trouble(entry) {
  const words = entry.data.text ?? entry.data.reason ?? entry.data.status ?? "";
  return make(
    "div.body.row",
    badge(entry.type.toUpperCase(), "bad"),
    make("span.words", { dir: "auto" }, flat(words)),
  );
}

function turn(entry) {
  const words = entry.reason
    ? `turn ${entry.turn ?? ""} ended: ${flat(entry.reason).replaceAll("_", " ")}`
    : `turn ${entry.turn ?? ""} begins (${flat(entry.trigger)})`;
  return make("div.rule", words);
}

function begin(entry) {
  return make(
    "div.rule",
    flat(
      `${entry.item ?? "session"} begins${entry.lane ? ` in lane ${entry.lane}` : ""}, attempt ${entry.attempt ?? 1}`,
    ),
  );
}

function end(entry) {
  const outcome = String(entry.outcome ?? "ended");
  return make(
    "div.rule.ended",
    badge(stateWord(flat(outcome)), tone(outcome)),
    make("span.words", { dir: "auto" }, flat(entry.reason ?? "")),
  );
}

function other(entry) {
  const said = Object.entries(entry.data ?? {}).filter(
    ([key, value]) => key !== "id" && value !== null && value !== "",
  );
  const words = said
    .map(([key, value]) => `${key} ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(", ");
  return make(
    "div.body.row",
    who(entry),
    make("span.tool", flat(entry.type ?? entry.kind)),
    make("span.quiet.words", { dir: "auto" }, clipped(flat(words), 300)),
  );
}

const LOOKS = {
  message,
  tool,
  approval,
  control,
  waffle,
  harness,
  trouble,
  turn,
  begin,
  end,
  other,
  thought: (entry) =>
    make("div.body.thought", make("span.role", "Thinks"), who(entry), text(entry.text)),
  file: (entry) => make("div.body.row", make("span.tool", "changed"), sizes(entry)),
};
