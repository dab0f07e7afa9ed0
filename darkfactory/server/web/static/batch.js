// One yes to several small changes of a lane: what it covers, and what has to be opened before.

import { ask } from "./connection.js";
import { choose } from "./questions.js";
import { counted, flat } from "./words.js";

// Ask what one yes to the lane behind `place` would cover. Returns a change to `open` first, the `batch`
// that somebody says yes to, or neither.
export async function askBatch(place) {
  const told = await ask(`${place}/batch`, {});
  const { lane, changes, left_out: left, to_open: first } = told;
  const lines = [
    ...changes.map(rowWords),
    ...left.map((one) => flat(`${one.id} by itself: ${one.reason}`)),
  ];
  const number = counted(changes.length, "change");
  if (!changes.length) {
    await choose(`${lane}: nothing for one yes`, lines, {});
    return {};
  }
  if (first.length) {
    const title = `${lane}: one yes to ${number}, once those marked FIRST are opened`;
    return (await choose(title, lines, { o: `Open ${first[0]}` })) ? { open: first[0] } : {};
  }
  const yes = await choose(`${lane}: one yes to ${number}`, lines, { y: `Approve ${number}` });
  return yes ? { batch: told.id } : {};
}

function rowWords({ id, title, files, added, removed, drawn, opened }) {
  const mark = opened ? "opened" : drawn ? "FIRST" : "";
  return flat(`${mark} ${id}: ${title}, ${counted(files, "file")} +${added} −${removed}`);
}
