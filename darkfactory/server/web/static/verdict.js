// What a reviewer says of a change, and what is asked before it counts. Which warnings want a yes of
// their own, and what the change did not get read of, the gate says.

import { ask } from "./connection.js";
import { $, announce, fill, make, tell } from "./dom.js";
import { choose } from "./questions.js";
import { counted, flat } from "./words.js";

const JUDGED = ["waiting_taste", "deferred"];
const OPEN = [...JUDGED, "bounced", "rework", "abandoned", "checking"];
const MAY = { approve: JUDGED, defer: JUDGED, rework: OPEN, close: OPEN, reimplement: OPEN };
const STEPS = {
  approved: "Approved.",
  queued: "Queued for landing …",
  testing: "Tested on the merge …",
  landing: "Landing …",
};
const HINTS = {
  rework: "Ctrl+Enter sends it back, Escape goes back.",
  reimplement: "Ctrl+Enter lets its item start afresh, Escape goes back.",
};
const HINT = "For the log; a rework needs them or comments, for the agent.";

export class VerdictForm {
  #read;
  #judged;
  #armed = "";
  #busy = new Set();
  #yeses = [];

  // `read()` gives the change, its marks and the view that is shown; `judged()` is called after each try.
  constructor(read, judged) {
    this.#read = read;
    this.#judged = judged;
    $("verdict").addEventListener("submit", (event) => {
      event.preventDefault();
      this.judge(event.submitter?.value ?? "rework");
    });
    $("verdict").addEventListener("keydown", (event) => this.#key(event));
    $("words").addEventListener("input", () => {
      const { marks } = this.#read();
      if (!marks) return;
      marks.words = $("words").value;
      marks.save();
    });
  }

  // Begin a verdict from the keyboard: go where it wants something, or give it.
  begin(verdict) {
    if ($("verdict").querySelector(`button[value="${verdict}"]`).disabled) return undefined;
    this.#arm(verdict);
    if (verdict === "close") return $("close-as").focus();
    if (verdict === "defer") return $("until").select();
    if (verdict !== "approve") return $("words").focus();
    const open = this.#unanswered();
    return open ? open.querySelector("input").focus() : this.judge("approve");
  }

  // A change is shown: what was written on it stands where it was.
  show(taste, words) {
    $("words").value = words;
    this.#arm("");
    fill($("taste"), taste.map(questionNode));
  }

  // Which verdicts a change in `state` can get; none while it has moved.
  allow(state, moved) {
    for (const button of $("verdict").querySelectorAll("button[value]"))
      button.disabled =
        this.judges(this.#read().change?.id) || moved || !MAY[button.value].includes(state);
  }

  // Whether a verdict on a change is under way: others can be read and judged meanwhile.
  judges(id) {
    return this.#busy.has(id);
  }

  // Tell a step of what is being judged.
  step(id, verb) {
    if (STEPS[verb]) this.report(this.#of(id) + STEPS[verb], "busy");
  }

  report(text, kind, ...more) {
    $("result").hidden = !text;
    $("result").className = `result ${kind}`;
    fill($("result"), make("span", { dir: "auto" }, flat(text)), ...more);
  }

  async judge(verdict) {
    const { change, marks, view } = this.#read();
    if (!change || !marks || this.judges(change.id)) return undefined;
    const text = $("words").value.trim();
    if (verdict === "rework" && !text && !marks.comments.length) {
      this.report("Say what is to change, here or on a line: the agent gets your words.", "asks");
      this.#arm("rework");
      $("words").focus();
      return undefined;
    }
    if (verdict === "approve" && !(await this.#meansIt())) return undefined;
    this.#arm("");
    this.#busy.add(change.id);
    // So that the next key is one of the review again, and no letter of a field.
    if ($("verdict").contains(document.activeElement)) document.activeElement.blur();
    this.allow(change.state, false);
    this.report(verdict === "approve" ? "Approving …" : "Sending …", "busy");
    if (verdict === "approve") this.#yeses.push(change.id);
    const place = `/v1/gate/${encodeURIComponent(change.id)}`;
    const { comments } = marks;
    const body = { verdict, head: change.head, text, comments, reading: marks.reading(view) };
    try {
      const confirm = verdict === "approve" && (await this.#confirmed(place, body));
      if (confirm === null) {
        this.#yeses.pop();
        return this.#end(change, false);
      }
      const said = await ask(place, { ...body, confirm, ...values(verdict) });
      marks.drop();
      this.#outcome(change, verdict, said);
      this.#end(change, true);
    } catch (error) {
      this.report(
        this.#of(change.id) + error.message,
        "bad",
        error.fix ? make("p.hint", flat(error.fix)) : null,
      );
      this.#end(change, false);
    }
    return undefined;
  }

  // Say the one yes to a batch; `u` takes it back as a whole.
  async approveBatch(place, batch) {
    this.report("Approving …", "busy");
    this.#yeses.push(batch);
    const { landed, bounced, refused } = await ask(`${place}/batch`, { batch });
    const noes = [...bounced, ...refused].map((row) =>
      make("p.told", { dir: "auto" }, flat(`! ${row.id}: ${row.detail?.why ?? row.reason}`)),
    );
    this.report(
      `${counted(landed.length, "change")} landed.`,
      noes.length ? "asks" : "good",
      ...noes,
    );
    this.#judged({ id: null }, false);
  }

  // Take the last yes back, which can be until it has landed.
  async undo() {
    const id = this.#yeses.pop();
    if (!id) return this.report("There is no yes of yours to be taken back.", "asks");
    try {
      const { refused } = await ask(`/v1/gate/${encodeURIComponent(id)}`, { verdict: "undo" });
      if (refused.length) this.report(refused[0].reason, "bad");
      else this.report(`The yes to ${id} is taken back: it waits again.`, "good");
    } catch (error) {
      this.report(error.message, "bad");
    }
    return this.#judged({ id }, false);
  }

  #end(change, done) {
    this.#busy.delete(change.id);
    if (done && this.#read().change?.id === change.id) $("words").value = "";
    this.#judged(change, done);
  }

  // Whether warnings were confirmed, false where nothing wants that, null where somebody thought better.
  async #confirmed(place, body) {
    const { warnings, confirm, reason } = await ask(`${place}/doubts`, body);
    if (reason && !body.text) {
      this.report(`It breaks ${reason}: say in the words why it may land all the same.`, "asks");
      this.#arm("approve");
      return null;
    }
    if (!confirm) return false;
    const lines = warnings.map((one) => `! ${flat(one)}`);
    const answer = await choose("Approve it all the same?", lines, { y: "Approve it" });
    if (answer === "y") return true;
    this.report("Not approved yet.", "asks");
    return null;
  }

  // Whoever says no to a taste line is asked whether they mean the yes.
  async #meansIt() {
    const noes = [...$("taste").querySelectorAll("input[value=no]:checked")].map(
      (one) => one.closest("fieldset").question,
    );
    if (!noes.length) return true;
    const ways = { a: "Approve it all the same", r: "Send it back with that" };
    const answer = await choose("You said no", noes, ways);
    if (answer === "r") {
      const words = [$("words").value.trim(), ...noes.map((one) => `${one} No.`)];
      $("words").value = words.filter(Boolean).join(" ");
      this.begin("rework");
    }
    return answer === "a";
  }

  // Names a change that is not the one on the screen any more.
  #of(id) {
    return this.#read().change?.id === id ? "" : `${id}: `;
  }

  #outcome(change, verdict, said) {
    const of = this.#of(change.id);
    const own = (rows = []) => rows.find((row) => row.id === change.id);
    const landed = own(said.landed);
    const no = own(said.bounced) ?? own(said.refused);
    const notes = (said.warnings ?? []).map((one) => make("p.hint", { dir: "auto" }, flat(one)));
    const told = [said.drill, ...said.stamps].filter(Boolean);
    const more = [
      notes,
      told.map((one) => make("p.told", { dir: "auto" }, `! ${flat(one)}`)),
    ].flat();
    if (landed) this.report(`${of}Landed as ${landed.commit.slice(0, 12)}.`, "good", ...more);
    else if (no)
      this.report(`${of}It did not land: ${no.detail?.why ?? no.reason}`, "bad", ...more);
    else this.report(of + saidOf(verdict), "good", ...more);
    announce($("result").textContent);
  }

  #arm(verdict) {
    this.#armed = verdict;
    tell($("words-hint"), HINTS[verdict] ?? HINT);
  }

  #unanswered() {
    return [...$("taste").children].find((one) => !one.querySelector(":checked"));
  }

  #key(event) {
    const { key, target } = event;
    if (key === "Escape") {
      this.#arm("");
      target.blur();
    } else if (key === "Enter" && (event.ctrlKey || event.metaKey)) {
      this.judge(this.#armed || "rework");
    } else if (key === "Enter" && target.matches("select, input[type=text]")) {
      this.judge(target.id === "until" ? "defer" : "close");
    } else if (!this.#answers(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  // The keys of the taste lines: y, n, space skips one, Enter the rest.
  #answers({ key, target }) {
    const line = target.closest("#taste > fieldset");
    if (!line || !["y", "n", " ", "Enter"].includes(key)) return false;
    if (key === "y" || key === "n")
      line.querySelector(`input[value=${key === "y" ? "yes" : "no"}]`).checked = true;
    const next = key === "Enter" ? null : line.nextElementSibling;
    if (next) next.querySelector("input").focus();
    else if (this.#armed === "approve") this.judge("approve");
    return true;
  }
}

function saidOf(verdict) {
  const words = {
    approve: "Approved; it lands when its turn comes.",
    rework: "Sent back: the agent gets your words.",
    reimplement: "Closed: its item starts afresh.",
    close: "Closed.",
    defer: `Put aside until ${$("until").value}.`,
  };
  return words[verdict];
}

function values(verdict) {
  const answers = [...$("taste").querySelectorAll("input:checked")].map((one) => [
    one.name.slice("taste-".length),
    one.value === "yes",
  ]);
  const more = {
    close: { as: $("close-as").value },
    defer: { until: $("until").value.trim() },
    approve: { taste: Object.fromEntries(answers) },
  };
  return more[verdict] ?? {};
}

function questionNode({ question }, at) {
  const node = make(
    "fieldset",
    make("legend", { dir: "auto" }, flat(question)),
    ["yes", "no"].map((word) =>
      make(
        "label",
        make("input", { type: "radio", name: `taste-${at + 1}`, value: word }),
        ` ${word}`,
      ),
    ),
  );
  node.question = flat(question);
  return node;
}
