// The keys of a review: those of `df gate` on a terminal, as far as a browser has no use of its own for them.

import { $, fill, make } from "./dom.js";

const TOLD = [
  ["a", "approve: warnings and taste lines first"],
  ["r", "rework: your words and all comments go back"],
  ["i", "reimplement: its item starts afresh"],
  ["x", "close without landing"],
  ["d", "defer to another time"],
  ["u", "take your last yes back, until it has landed"],
  ["b", "one yes to several small changes of its lane"],
  ["c", "comment on the line of the cursor"],
  ["j k", "a line on, a line back; g G the first, the last"],
  ["space", "mark the hunk seen, go on to the next"],
  ["Tab", "next hunk or file, Shift+Tab the one before"],
  ["v", "unfold a file, fold it again"],
  ["w", "all of it, or only what is new to you"],
  ["n p", "next change, the one before"],
  ["Enter", "read what has moved anew"],
  ["Escape", "the list of changes, or back"],
  ["? q", "these keys; leave to the board"],
];

// Do `actions` by their key wherever no field and no question has the keyboard.
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input, textarea, select") || document.querySelector("dialog[open]"))
      return;
    // A button, a link and a fold have these keys already.
    const has = event.target.matches("a, button, summary");
    if (has && (event.key === "Enter" || (event.key === " " && !event.target.matches(".mark"))))
      return;
    const act = actions[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

export function showKeys() {
  fill(
    $("keys-list"),
    TOLD.map(([key, words]) => make("div", make("dt", make("kbd", key)), make("dd", words))),
  );
  $("keys").showModal();
}
