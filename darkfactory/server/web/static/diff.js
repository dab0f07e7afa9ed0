// A diff as people read it: a fold for each file, lines with their numbers and their sign.

import { make, fill } from "./dom.js";
import { flat, plain } from "./words.js";

const LONG = 400;

// Show the diff `text` in `place`, behind the node `before`.
export function showDiff(place, text, { before } = {}) {
  const files = filesOf(text);
  if (!files.length) return fill(place, before, make("p.quiet", "It changes nothing."));
  return fill(place, before, files.map(fileNode));
}

export function filesOf(text) {
  const files = [];
  let file = null;
  for (const line of text.replace(/\n$/, "").split("\n")) {
    if (line.startsWith("diff ") || file === null) {
      file = { path: "", head: [], lines: [], added: 0, removed: 0 };
      files.push(file);
    }
    if (!file.lines.length && !line.startsWith("@@")) file.head.push(line);
    else file.lines.push(line);
  }
  return files.filter((one) => one.head.some(Boolean) || one.lines.length).map(measured);
}

function measured(file) {
  const to = file.head.find((line) => line.startsWith("+++ ") && line !== "+++ /dev/null");
  const from = file.head.find((line) => line.startsWith("--- ") && line !== "--- /dev/null");
  const name = (to ?? from)
    ?.slice(4)
    .replace(/^"?[ab]\//, "")
    .replace(/"?\t?$/, "");
  file.path = name ?? file.head[0]?.replace(/^diff --git /, "") ?? "";
  file.added = file.lines.filter((line) => line.startsWith("+")).length;
  file.removed = file.lines.filter((line) => line.startsWith("-")).length;
  return file;
}

function fileNode(file) {
  const node = make(
    "details.file",
    make(
      "summary",
      make("code.path", { dir: "auto" }, flat(file.path)),
      make("span.sizes", make("ins", `+${file.added}`), " ", make("del", `−${file.removed}`)),
    ),
  );
  const build = () => node.children.length === 1 && node.append(linesNode(file));
  node.addEventListener("toggle", () => node.open && build());
  if (file.lines.length <= LONG) {
    build();
    node.open = true;
  }
  return node;
}

function linesNode(file) {
  const notes = file.head
    .filter((line) => /^(new|deleted|old|rename|similarity|copy|Binary)/.test(line))
    .map((line) => make("div.line.note", plain(line)));
  let before = 0;
  let after = 0;
  const lines = file.lines.map((line) => {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(line);
    if (hunk) {
      [before, after] = [Number(hunk[1]), Number(hunk[2])];
      return make("div.line.hunk", plain(line));
    }
    if (line.startsWith("\\")) return make("div.line.note", plain(line));
    const kind = line[0] === "+" ? "added" : line[0] === "-" ? "removed" : "same";
    const number = kind === "removed" ? before : after;
    before += kind !== "added";
    after += kind !== "removed";
    return make(`div.line.${kind}`, { "data-number": number, dir: "auto" }, plain(line) || " ");
  });
  return make("pre.lines", make("code", notes, lines));
}
