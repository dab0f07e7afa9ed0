// The diff of a change as a reviewer reads it: files and hunks in the order they came, with marks,
// flags and comments at their lines. In which order, and what is said of what, the server says.

import { fill, make } from "./dom.js";
import { counted, flat, plain } from "./words.js";

const MOST_ROWS = 3000;
const TOP = 48;
const KINDS = { "+": "added", "-": "removed", " ": "same" };

export const keyOf = (file, number) => JSON.stringify([file.path, number]);

export class ReviewDiff {
  #place;
  #marks = null;
  #view = "diff";
  #tops = new Set();
  #ends = new Set();

  constructor(place) {
    this.#place = place;
    place.addEventListener("click", (event) => this.#clicked(event));
  }

  // Show `diff`, which is the `view` (since or diff) of it, with what `marks` hold.
  show(diff, view, marks) {
    this.#marks = marks;
    this.#view = view;
    this.#tops.clear();
    this.#ends.clear();
    let room = MOST_ROWS;
    const files = diff.files.map((file) => {
      const rows = file.hunks.reduce((sum, hunk) => sum + hunk.rows.length, 0);
      room -= rows;
      return this.#file(file, rows, room >= 0);
    });
    const more = counted(diff.more, "more changed line");
    fill(
      this.#place,
      files,
      diff.more ? make("p.flag", `${more}: df gate show tells how to see all of it`) : null,
      diff.files.length ? null : make("p.quiet", "Nothing but the base has changed."),
    );
  }

  clear(text) {
    this.#marks = null;
    fill(this.#place, make("p.quiet", text));
  }

  // The hunks whose first and last line have been on the screen are seen.
  look() {
    if (!this.#marks) return;
    for (const node of this.#place.querySelectorAll("details[open] > .hunk")) {
      const lines = node.querySelectorAll(".line.code");
      if (!lines.length) continue;
      if (onScreen(lines[0])) this.#tops.add(node.said);
      if (onScreen(lines[lines.length - 1])) this.#ends.add(node.said);
      if (!this.#tops.has(node.said) || !this.#ends.has(node.said)) continue;
      if (this.#marks.seen[this.#view].has(node.said)) continue;
      this.#marks.see(this.#view, node.said);
      this.#press(node);
    }
  }

  // Go `step` lines on; without any under the cursor, to the first that is on the screen.
  move(step) {
    const rows = this.#rows();
    const at = rows.indexOf(this.row);
    const next =
      at < 0
        ? Math.max(0, rows.findIndex(onScreen))
        : Math.min(Math.max(0, at + step), rows.length - 1);
    this.#goTo(rows[next]);
  }

  // Go to the first line, or to the last.
  end(last) {
    this.#goTo(this.#rows().at(last ? -1 : 0));
  }

  // Mark the hunk under the cursor as seen, or not, and go on to the next one.
  seen() {
    const hunks = [...this.#place.querySelectorAll("details[open] > .hunk")];
    const at = hunks.indexOf(document.activeElement.closest?.(".hunk"));
    const goes = at < 0 || this.#toggle(hunks[at]);
    const next = hunks[at + 1];
    if (goes && next) next.querySelector(".mark").focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  // Unfold the file under the cursor, or fold it.
  unfold() {
    const file = document.activeElement.closest?.(".file");
    if (!file || !this.#place.contains(file)) return;
    file.open = !file.open;
    file.querySelector("summary").focus();
  }

  get row() {
    const node = document.activeElement.closest?.(".line.code");
    return node && this.#place.contains(node) ? node : null;
  }

  // Write on the line under the cursor; false where it is on none that can be written on.
  comment(node = this.row) {
    if (!node?.where || !this.#marks) return false;
    const known = this.#marks.commentOn(node.where);
    const words = make("textarea", { rows: 2, maxlength: 20000, "aria-label": "Your comment" });
    words.value = known?.text ?? "";
    const form = make(
      "form.remark",
      words,
      make("p.hint", "Enter keeps it, Shift+Enter breaks the line, Escape goes back."),
      make(
        "div.buttons",
        make("button.primary", "Comment"),
        known && make("button", { type: "button", onclick: () => keep("") }, "Remove"),
      ),
    );
    const close = () => {
      form.remove();
      this.#remark(node);
      node.focus({ preventScroll: true });
    };
    const keep = (text) => {
      this.#marks.comment(node.where, text.trim());
      close();
      this.#place.dispatchEvent(new Event("commented"));
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      keep(words.value);
    });
    words.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
      else if (event.key === "Enter" && !event.shiftKey) keep(words.value);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.#remarkOf(node)?.remove();
    this.#below(node).after(form);
    words.focus();
    return true;
  }

  #rows() {
    return [...this.#place.querySelectorAll("details[open] .line.code")];
  }

  #goTo(row) {
    if (!row) return;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  #clicked(event) {
    const mark = event.target.closest(".mark");
    if (mark) return this.#toggle(mark.closest(".hunk"));
    const row = event.target.closest(".line.code");
    // A click, and not to select some text.
    if (row && !String(getSelection())) this.comment(row);
    return undefined;
  }

  #toggle(hunk) {
    const seen = this.#marks.toggle(this.#view, hunk.said);
    this.#press(hunk);
    return seen;
  }

  #press(hunk) {
    const seen = this.#marks.seen[this.#view].has(hunk.said);
    hunk.querySelector(".mark").setAttribute("aria-pressed", String(seen));
  }

  #file(file, rows, fits) {
    const folded = Boolean(file.folded) || !fits;
    const said = file.folded || (fits ? "" : `${counted(rows, "line")} folded`);
    const node = make(
      "details.file",
      make(
        "summary",
        make("code.path", { dir: "auto" }, flat(file.path)),
        make(
          `span.kind${file.protected ? ".loud" : ""}`,
          file.protected ? "PROTECTED" : flat(said || file.kind),
        ),
        make("span.sizes", make("ins", `+${file.added}`), " ", make("del", `−${file.removed}`)),
      ),
    );
    const build = () => {
      if (node.children.length === 1) node.append(...this.#inside(file));
    };
    node.open = this.#marks.unfolded.has(file.path) !== !folded;
    if (node.open) build();
    node.addEventListener("toggle", () => {
      build();
      if (node.open === folded) this.#marks.unfolded.add(file.path);
      else this.#marks.unfolded.delete(file.path);
      this.#marks.save();
    });
    return node;
  }

  #inside(file) {
    const notes = file.old_path === file.path ? [] : [`was ${file.old_path}`];
    return [
      ...[...notes, ...file.notes].map((note) => make("p.line.note", { dir: "auto" }, flat(note))),
      ...file.flags.map(flagNode),
      ...file.hunks.map((hunk, number) => this.#hunk(file, hunk, number)),
    ];
  }

  #hunk(file, hunk, number) {
    const mark = make(
      "button.mark",
      { type: "button", "aria-pressed": "false" },
      make("span.unseen", "seen: "),
      make("span", `line ${hunk.first}`),
      hunk.risky && make("span.loud", "risky"),
      hunk.heading && make("code", { dir: "auto" }, flat(hunk.heading)),
    );
    const lines = make(
      "pre.lines",
      hunk.rows.flatMap((row) => this.#row(file, row)),
    );
    const node = make("div.hunk", mark, lines);
    node.said = keyOf(file, number);
    this.#press(node);
    return node;
  }

  #row(file, row) {
    const removed = row.mark === "-";
    const text = row.parts.map(([part, differs]) =>
      differs ? make("b", plain(part)) : plain(part),
    );
    const node = make(
      `div.line.code.${KINDS[row.mark]}${row.moved ? ".moved" : ""}`,
      { tabindex: -1, dir: "auto", "data-number": `${row.moved ? "m " : ""}${row.new || row.old}` },
      row.mark,
      text,
      row.left_out ? make("i", ` … ${counted(row.left_out, "more character")}`) : null,
    );
    // A line that was taken away since the last look is of a revision that is gone.
    if (!(removed && this.#view === "since"))
      node.where = {
        path: removed ? file.old_path : file.path,
        line: removed ? row.old : row.new,
        removed,
      };
    return [node, ...row.flags.map(flagNode), ...this.#remarks(node)];
  }

  #remarks(node) {
    const known = node.where && this.#marks.commentOn(node.where);
    return known ? [make("div.remark", { dir: "auto" }, plain(known.text))] : [];
  }

  // The last of what is said of a line.
  #below(node) {
    let last = node;
    while (last.nextElementSibling?.matches(".flag")) last = last.nextElementSibling;
    return last;
  }

  #remarkOf(node) {
    const found = this.#below(node).nextElementSibling;
    return found?.matches(".remark") ? found : null;
  }

  #remark(node) {
    this.#remarkOf(node)?.remove();
    this.#below(node).after(...this.#remarks(node));
  }
}

function flagNode(words) {
  return make("p.line.flag", { dir: "auto" }, `! ${flat(words)}`);
}

function onScreen(node) {
  const { top, bottom } = node.getBoundingClientRect();
  return bottom > TOP && top < innerHeight && node.checkVisibility();
}
