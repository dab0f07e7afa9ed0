// Ask before a step that cannot be taken back.

import { $, tell } from "./dom.js";

export function sure(title, text, yes) {
  const dialog = $("ask");
  tell($("ask-title"), title);
  tell($("ask-text"), text);
  tell($("ask-yes"), yes);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true });
  });
}
