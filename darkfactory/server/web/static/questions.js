// Ask before a step that cannot be taken back.

import { $, fill, make, tell } from "./dom.js";

export async function sure(title, text, yes) {
  return (await choose(title, [text], { yes })) === "yes";
}

// Ask with some `lines`; `ways` are the answers by their key, which presses them, too. Returns the key,
// an empty text for none of them.
export function choose(title, lines, ways) {
  const dialog = $("ask");
  tell($("ask-title"), title);
  fill(
    $("ask-lines"),
    lines.map((text) => make("li", { dir: "auto" }, text)),
  );
  const kind = dialog.dataset.kind;
  fill(
    $("ask-ways"),
    Object.entries(ways).map(([key, words], at) =>
      make(
        `button${at ? "" : `.${kind}`}`,
        { value: key },
        words,
        key.length === 1 && make("kbd", { "aria-hidden": "true" }, key),
      ),
    ),
  );
  dialog.returnValue = "";
  dialog.onkeydown = (event) => {
    event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in ways)) return;
    event.preventDefault();
    dialog.close(event.key);
  };
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener(
      "close",
      () => done(dialog.returnValue in ways ? dialog.returnValue : ""),
      { once: true },
    );
  });
}
