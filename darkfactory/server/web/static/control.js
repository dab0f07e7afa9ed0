// What a person asks of a session: an explicit message with an id, on record before it is done.

import { person } from "./connection.js";

export function wish(op, more = {}) {
  const id = (crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`)
    .replaceAll("-", "")
    .slice(0, 16);
  return { id, op, scope: op === "interrupt" ? "turn" : "own", by: person(), ...more };
}

// Buttons for one approval; they are off once one of them was pressed.
export function answer(live, session, request, report) {
  return (op) => (event) => {
    const row = event.currentTarget.parentElement;
    for (const button of row.querySelectorAll("button")) button.disabled = true;
    live.ask(session, wish(op, { request })).catch((error) => {
      for (const button of row.querySelectorAll("button")) button.disabled = false;
      report(error.message);
    });
  };
}
