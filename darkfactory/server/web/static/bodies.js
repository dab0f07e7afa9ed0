// The diffs of changes: each is asked once, and that of the next change while this one is read.

import { ask } from "./connection.js";

export function api(id) {
  return `/v1/gate/${encodeURIComponent(id)}`;
}

export class Bodies {
  #asked = new Map();

  of(id) {
    if (!this.#asked.has(id)) this.#asked.set(id, ask(`${api(id)}/diff`));
    return this.#asked.get(id);
  }

  // Ask for what is read next, and forget all others; one that cannot be had is asked again in its turn.
  ahead(id) {
    for (const other of this.#asked.keys()) if (other !== id) this.drop(other);
    if (id) this.of(id).catch(() => this.drop(id));
  }

  drop(id) {
    this.#asked.delete(id);
  }

  clear() {
    this.#asked.clear();
  }
}
