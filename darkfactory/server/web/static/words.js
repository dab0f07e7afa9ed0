// Figures, times and states as every screen of the factory says them, and text made harmless to show.

// What a terminal would obey is left out: escape sequences, as `df sessions follow` does.
const ESCAPES =
  /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])/g;
// What would hide or turn text around is shown by its number: controls, bidi marks, invisible letters.
const UNSEEN =
  /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

export function plain(text) {
  return String(text ?? "")
    .replace(ESCAPES, "")
    .replace(/\r\n?/g, "\n")
    .replace(
      UNSEEN,
      (letter) => `⟨U+${letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
    );
}

export function flat(text) {
  return plain(text).split(/\s+/).join(" ").trim();
}

export function clipped(text, most) {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

export function age(seconds) {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 90) return `${Math.round(seconds)}s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)}m`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)}h`;
  return `${Math.round(seconds / 86400)}d`;
}

export function count(number) {
  if (!Number.isFinite(number)) return "?";
  if (number < 1000) return String(Math.round(number));
  if (number < 1e6) return `${Math.round(number / 1000)}k`;
  return `${(number / 1e6).toFixed(1)}M`;
}

export function counted(number, what) {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

export function share(score) {
  return Number.isFinite(score) && score >= 0.005 ? score.toFixed(2) : "";
}

export function clock(stamp) {
  const date = moment(stamp);
  return date ? date.toLocaleTimeString([], { hour12: false }) : "";
}

export function moment(stamp) {
  const date = typeof stamp === "number" ? new Date(stamp * 1000) : new Date(String(stamp));
  return stamp === null || stamp === undefined || Number.isNaN(date.getTime()) ? null : date;
}

const CALM = new Set([
  "working",
  "idle",
  "ended",
  "proposed",
  "reported",
  "cancelled",
  "checking",
  "waiting_taste",
  "approved",
  "queued",
  "testing",
  "landing",
  "landed",
  "closed",
  "deferred",
  "superseded",
  "offline",
]);
const GOOD = new Set(["proposed", "reported", "landed", "pass", "ok", "approved"]);
const BUSY = new Set(["working", "testing", "landing", "queued", "checking"]);

// Upper case is what somebody should look at, so that the meaning never rests on colour.
export function stateWord(state) {
  const word = state === "waiting_taste" ? "waiting" : flat(state).replaceAll("_", " ");
  return CALM.has(state) ? word : word.toUpperCase();
}

export function tone(state) {
  if (GOOD.has(state)) return "good";
  if (BUSY.has(state)) return "busy";
  if (state === "waiting_approval" || state === "waiting_taste") return "asks";
  return CALM.has(state) ? "calm" : "bad";
}

const RESULTS = { pass: "pass", fail: "FAIL", timeout: "TIMEOUT", error: "ERROR" };

export function harnessWord(harness) {
  if (harness.green && harness.result === "fail") return "red base";
  if (harness.result === "pass" && harness.done_when === false) return "not done";
  return RESULTS[harness.result] ?? flat(harness.result || "not run");
}

export function harnessTone(harness) {
  return harness.green ? "good" : harness.result ? "bad" : "calm";
}
