// What a reviewer reads of a change before the diff: facts, warnings, claims, questions.

import { $, badge, fact, fill, make } from "./dom.js";
import { ticking } from "./rows.js";
import { counted, flat, harnessTone, harnessWord, share } from "./words.js";

const LOOK = [
  ["protected", "Protected paths"],
  ["silenced", "Silences checks"],
  ["fewer_tests", "Fewer tests"],
  ["out_of_lane", "Outside its lane"],
  ["conflicts_with_base", "Conflicts with the base in"],
  ["merged_by_union", "Merged by union with the base"],
  ["conflicts_with", "What lands first sends the other back"],
  ["authors", "Commits say they are by"],
  ["notes", "Note"],
];
const PLACES = [
  ["bypasses", "Bypasses checks?"],
  ["invisible", "Hidden?"],
  ["tampered", "Weakens tests?"],
  ["unread", "Not read"],
  ["altered", "Alters tests?"],
  ["secrets", "Secret?"],
];
function proofWord(proof) {
  if (proof.proves === null) return "unknown";
  if (!proof.proves) return "PROVE NOTHING";
  return proof.weak ? "hint at it" : "prove it";
}

export function showFacts(found) {
  const { harness, risk, waffle } = found;
  const failing = harness.failing.slice(0, 8).map((one) => make("li", flat(one)));
  const signals = waffle.signals.map((one) => make("li", { dir: "auto" }, flat(one.because)));
  fill(
    $("facts"),
    fact(
      "harness",
      badge(harnessWord(harness), harnessTone(harness)),
      make("span", ` ${flat(found.why || "")}`),
      failing.length ? make("ul.reasons", failing) : null,
    ),
    fact("tests", found.proof ? `${proofWord(found.proof)}: ${flat(found.proof.why)}` : ""),
    fact(
      "risk",
      share(risk.score) || "0.00",
      make(
        "ul.reasons",
        (risk.reasons.length ? risk.reasons : ["nothing seen"]).map((one) => make("li", flat(one))),
      ),
    ),
    fact(
      "waffle",
      waffle.score === null ? "" : share(waffle.score) || "0.00",
      signals.length ? make("ul.reasons", signals) : null,
    ),
    fact(
      "size",
      `${counted(found.files, "file")} `,
      make("span.sizes", make("ins", `+${found.added}`), " ", make("del", `−${found.removed}`)),
    ),
    fact(
      "waits",
      (found.waits_for_person ?? []).length
        ? flat(`lane ${found.lane} lands alone, but ${found.waits_for_person.join("; ")}`)
        : "",
    ),
    fact("age", ticking(found.age_seconds)),
  );
}

export function showLook(found) {
  const rows = LOOK.filter(([key]) => found[key]?.length).map(([key, title]) => [
    title,
    [found[key]].flat().join(", "),
  ]);
  for (const [key, title] of PLACES) {
    for (const place of found[key] ?? [])
      rows.push([
        title,
        `${place.path}${place.line ? `:${place.line}` : ""} ${place.why ?? place.kind ?? ""}${place.fine ? ` (${place.fine})` : ""}`,
      ]);
  }
  $("look").hidden = !rows.length;
  fill(
    $("look"),
    rows.map(([title, text]) =>
      make("li", make("b", `LOOK ${title}:`), " ", make("span", { dir: "auto" }, flat(text))),
    ),
  );
}

export function showClaims(claims) {
  $("claims-box").hidden = !claims.length;
  fill(
    $("claims"),
    claims.map((claim) => {
      const [word, kind] =
        claim.holds === true
          ? ["holds", "good"]
          : claim.holds === false
            ? ["REFUTED", "bad"]
            : ["open", "calm"];
      return make(
        "li",
        badge(word, kind),
        make("span", { dir: "auto" }, flat(claim.text)),
        make("span.quiet", { dir: "auto" }, flat(claim.fact)),
      );
    }),
  );
}

export function showTaste(taste) {
  fill(
    $("taste"),
    taste.map(({ question }, at) =>
      make(
        "fieldset",
        make("legend", { dir: "auto" }, flat(question)),
        ["yes", "no"].map((word) =>
          make(
            "label",
            make("input", { type: "radio", name: `taste-${at + 1}`, value: word }),
            ` ${word}`,
          ),
        ),
      ),
    ),
  );
}
