// Make elements without markup: what comes from a log only ever becomes text.

export const $ = (id) => document.getElementById(id);

// `make("a.quiet", {href: "/"}, "text", child)`: a tag with classes, attributes, then what is in it.
export function make(kind, ...inside) {
  const [tag, ...classes] = kind.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const part of inside.flat()) {
    if (part === null || part === undefined || part === false) continue;
    if (part instanceof Node || typeof part !== "object") node.append(part);
    else for (const [name, value] of Object.entries(part)) give(node, name, value);
  }
  return node;
}

function give(node, name, value) {
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (value === true) node.setAttribute(name, "");
  else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
}

export function fill(node, ...inside) {
  node.replaceChildren(
    ...inside.flat().filter((part) => part !== null && part !== undefined && part !== false),
  );
}

export function tell(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Show `items` as the children of `parent`. What has not changed stays the very node it was, so that
// focus, selection and open folds survive; where focus was in what is made anew, it comes back.
export function each(parent, items, keyOf, build, saidOf = JSON.stringify) {
  const before = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const again = focused && {
    key: focused.closest("[data-key]")?.dataset.key,
    name: focused.dataset.name,
  };
  const nodes = items.map((item) => {
    const key = String(keyOf(item));
    const said = saidOf(item);
    const known = before.get(key);
    if (known && known.said === said) return known;
    const node = build(item, known);
    node.dataset.key = key;
    node.said = said;
    return node;
  });
  nodes.forEach((node, at) => {
    if (parent.children[at] !== node) parent.insertBefore(node, parent.children[at] ?? null);
  });
  while (parent.children.length > nodes.length) parent.lastElementChild.remove();
  if (again?.name && !document.contains(focused)) {
    const row = nodes.find((node) => node.dataset.key === again.key);
    row?.querySelector(`[data-name="${CSS.escape(again.name)}"]`)?.focus();
  }
}

export function badge(word, tone) {
  return make(`span.badge.${tone}`, word);
}

// A fact of a definition list: nothing where there is nothing to say.
export function fact(name, ...inside) {
  const said = inside
    .flat()
    .filter((part) => part !== "" && part !== null && part !== undefined && part !== false);
  return said.length ? make("div", make("dt", name), make("dd", said)) : null;
}

let clearing = 0;

// Say something to who cannot see the screen; at most one thing at a time, so nothing is flooded.
export function announce(text) {
  tell($("announcer"), text);
  clearTimeout(clearing);
  clearing = setTimeout(() => tell($("announcer"), ""), 4000);
}
