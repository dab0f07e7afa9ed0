// What is known of a session, a fact a line; what is not known has none.

import { $, badge, fact, fill, make } from "./dom.js";
import { ticking } from "./rows.js";
import { spark } from "./spark.js";
import { age, count, flat, share, stateWord, tone } from "./words.js";

// Show what the story tells of a session; `row` is how the factory sees it, `here` who is there.
export function showFacts(story, row, here) {
  const began = story.began ?? {};
  const budget = began.budget ?? {};
  const waffle = story.waffle;
  const fence = began.confinement
    ? Object.entries(began.confinement)
        .map(([name, by]) => `${name} ${by}`)
        .join(", ")
    : "";
  fill(
    $("facts"),
    fact("tokens", `${count(story.tokens)}${budget.tokens ? ` of ${count(budget.tokens)}` : ""}`),
    fact(
      "cost",
      story.cost || budget.usd
        ? `${story.cost.toFixed(2)}${budget.usd ? ` of ${budget.usd}` : ""} USD`
        : "",
    ),
    fact("turns", `${story.turns}${budget.turns ? ` of ${budget.turns}` : ""}`),
    fact(
      "waffle",
      waffle
        ? [
            spark(story.scores),
            make(
              "span",
              `${share(waffle.score) || "0.00"} ${waffle.action === "none" ? "" : waffle.action.toUpperCase()}`,
            ),
            reasons(waffle.because),
          ]
        : "",
    ),
    fact(
      "time",
      row ? (row.state === "ended" ? age(row.age_seconds) : ticking(row.age_seconds)) : "",
    ),
    fact(
      "here",
      [...here].map(([name, status]) =>
        make(
          "div",
          make("span", { dir: "auto" }, name),
          " ",
          badge(stateWord(status), tone(status)),
        ),
      ),
    ),
    fact("files", Object.keys(story.files).length ? String(Object.keys(story.files).length) : ""),
    fact("item", flat(began.item ?? "")),
    fact("model", flat(story.model ?? began.model ?? "")),
    fact(
      "confined",
      began.confined === undefined ? "" : flat(began.confined ? fence : `NO: ${fence}`),
    ),
    fact("log", `${story.events} events`),
  );
}

function reasons(because) {
  return because.length
    ? make(
        "ul.reasons",
        because.map((one) => make("li", { dir: "auto" }, flat(one))),
      )
    : null;
}
