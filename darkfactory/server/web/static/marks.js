// What a reader has done on one revision of a change: when they were there, which hunks were on the
// screen, what they wrote. It outlives a reload of the tab, and neither the tab nor the revision.
// What it comes to is for the gate to say: this holds facts only.

const SECOND = 1000;
const place = (change, head) => `marks ${change} ${head}`;

export class Marks {
  #place;
  #away = true;
  #saving = 0;
  #dropped = false;

  constructor(change, head) {
    this.#place = place(change, head);
    const known = JSON.parse(sessionStorage.getItem(this.#place) ?? "{}");
    this.touches = known.touches ?? [];
    this.seen = { since: new Set(known.since), diff: new Set(known.diff) };
    this.unfolded = new Set(known.unfolded);
    this.comments = known.comments ?? [];
    this.words = known.words ?? "";
    this.whole = known.whole ?? false;
  }

  // Somebody did something now, or was seen to be there.
  touch(now = performance.now()) {
    const at = Math.round(now) / SECOND;
    if (this.#away) this.touches.push([at]);
    else {
      const stretch = this.touches.at(-1);
      if (stretch.length > 1 && at - stretch.at(-2) < 1) stretch.pop();
      stretch.push(at);
    }
    this.#away = false;
    this.save();
  }

  // Nobody looks: what comes until the next touch does not count.
  leave() {
    if (!this.#away) this.touch();
    this.#away = true;
  }

  see(view, key) {
    this.seen[view].add(key);
    this.save();
  }

  toggle(view, key) {
    if (!this.seen[view].delete(key)) this.seen[view].add(key);
    this.save();
    return this.seen[view].has(key);
  }

  commentOn({ path, line, removed }) {
    return this.comments.find(
      (one) => one.path === path && one.line === line && one.removed === removed,
    );
  }

  // Say something of a line, in place of what was said before; nothing takes it back.
  comment(where, text) {
    const before = this.commentOn(where);
    this.comments = this.comments.filter((one) => one !== before);
    if (text) this.comments.push({ ...where, text });
    this.keep();
  }

  // How the change was read, as the gate takes it.
  reading(view) {
    this.touch();
    return {
      touches: this.touches,
      shown: [...this.seen[view]].map((key) => JSON.parse(key)),
      whole: view === "diff",
    };
  }

  save() {
    this.#saving ||= setTimeout(() => this.keep(), SECOND / 4);
  }

  // Write down what there is: soon after each touch, and at once where something may be lost.
  keep() {
    clearTimeout(this.#saving);
    this.#saving = 0;
    if (this.#dropped) return;
    const { touches, comments, words, whole } = this;
    const sets = {
      since: [...this.seen.since],
      diff: [...this.seen.diff],
      unfolded: [...this.unfolded],
    };
    sessionStorage.setItem(
      this.#place,
      JSON.stringify({ touches, comments, words, whole, ...sets }),
    );
  }

  // The revision is judged: nothing of this is needed any more.
  drop() {
    clearTimeout(this.#saving);
    this.#dropped = true;
    sessionStorage.removeItem(this.#place);
  }
}
