// What a reviewer reads of a change before the diff: facts, warnings, claims, earlier comments.

import { $, badge, fact, fill, make, tell } from "./dom.js";
import { changePlace, sessionPlace, ticking } from "./rows.js";
import {
  count,
  counted,
  flat,
  harnessTone,
  harnessWord,
  plain,
  share,
  stateWord,
  tone,
} from "./words.js";

const JUDGED = ["waiting_taste", "deferred"];

const LOOK = [
  ["protected", "Protected paths"],
  ["silenced", "Silences checks"],
  ["fewer_tests", "Fewer tests"],
  ["out_of_lane", "Outside its lane"],
  ["conflicts_with_base", "Conflicts with the base in"],
  ["merged_by_union", "Merged by union with the base"],
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

// What a change is and where it comes from, in a line.
export function showOrigin({ change, origin, waiting }) {
  tell($("title"), flat(change.title || change.item));
  const parts = [
    change.id,
    `item ${change.item}`,
    change.lane && `lane ${change.lane}`,
    origin.agent && `agent ${origin.agent}`,
    origin.skills.length && `skills ${origin.skills.join(", ")}`,
    `revision ${change.revision}`,
  ].filter(Boolean);
  const own = waiting.find((one) => one.id === change.id);
  fill(
    $("origin"),
    badge(stateWord(change.state), tone(change.state)),
    own?.hard ? badge("HARD", "bad") : null,
    flat(parts.join(" · ")),
    change.session
      ? [" · ", make("a", { href: sessionPlace(change.session) }, flat(change.session))]
      : null,
  );
}

export function showFacts({ change: found, origin, lands }) {
  const { harness, risk, waffle } = found;
  const failing = harness.failing.slice(0, 8).map((one) => make("li", flat(one)));
  const signals = waffle.signals.map((one) => make("li", { dir: "auto" }, flat(one.because)));
  fill(
    $("facts"),
    fact(
      "item",
      origin.body.trim() ? make("div.intent", { dir: "auto" }, plain(origin.body.trim())) : "",
    ),
    fact("came back", cameBack(found)),
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
    fact("lands", JUDGED.includes(found.state) ? flat(lands) : ""),
    fact("cost", costOf(origin)),
    fact(
      "waits",
      (found.waits_for_person ?? []).length
        ? flat(`lane ${found.lane} lands alone, but ${found.waits_for_person.join("; ")}`)
        : "",
    ),
    fact("age", ticking(found.age_seconds)),
  );
}

// Why a change came back to its agent, where it did.
function cameBack({ state, detail, reason, text, by }) {
  if (state === "bounced") return flat(detail?.why ?? reason);
  return state === "rework" && text ? flat(`${by}: ${text}`) : "";
}

function costOf({ agent, tokens, usd, minutes }) {
  if (!agent) return "";
  const parts = [
    tokens ? `${count(tokens)} tokens` : "",
    usd ? `$${usd.toFixed(2)}` : "",
    minutes >= 1 ? `${Math.round(minutes)} min` : "under a minute",
  ];
  return parts.filter(Boolean).join(", ");
}

// What a yes to this one does to others: both were merged, and they conflict.
export function showPartners({ id, conflicts_with: others, state }) {
  $("partners").hidden = !others.length || !JUDGED.includes(state);
  const links = others.map((one) => make("a", { href: changePlace(one), dir: "auto" }, flat(one)));
  const listed = links.flatMap((one, at) => (at ? [", ", one] : [one]));
  const makes = others.length === 1 ? "makes" : "makes each of";
  fill($("partners"), `Approving ${flat(id)} ${makes} `, listed, " rework: they conflict.");
}

// Comments of the last review with their answers.
export function showComments(comments) {
  $("comments-box").hidden = !comments.length;
  fill(
    $("comments"),
    comments.map(({ path, line, text, answer, kind }) =>
      make(
        "li",
        make("code.path", { dir: "auto" }, flat(`${path}:${line}`)),
        make("p", { dir: "auto" }, plain(text)),
        answer
          ? make(
              "p.answer",
              { dir: "auto" },
              kind === "disagree" || kind === "ask" ? badge(kind.toUpperCase(), "asks") : null,
              ` → ${flat(answer)}`,
            )
          : make("p.answer", badge("NOT ANSWERED", "bad")),
      ),
    ),
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
  for (const rule of found.rules ?? []) {
    if (rule.state === "kept") continue;
    const at = rule.at.length ? ` (log offset ${rule.at.join(", ")})` : "";
    const why = rule.why ? ` Why: ${rule.why}.` : "";
    rows.unshift([
      rule.state === "broken" ? "Breaks rule" : "Rule unknown",
      `${rule.skill}/${rule.id}: ${rule.text}.${why} Found: ${rule.because}${at}`,
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
