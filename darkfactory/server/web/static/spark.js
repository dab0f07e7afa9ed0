// A score over time as a small line: the figure beside it says the same in digits.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 48;
const HEIGHT = 14;

// `scores` are 0 to 1, oldest first; one score is no line, and null.
export function spark(scores) {
  const known = (Array.isArray(scores) ? scores : []).filter(Number.isFinite);
  if (known.length < 2) return null;
  const step = (WIDTH - 2) / (known.length - 1);
  const points = known.map((score, at) => {
    const high = Math.min(1, Math.max(0, score)) * (HEIGHT - 2);
    return `${(1 + at * step).toFixed(1)},${(HEIGHT - 1 - high).toFixed(1)}`;
  });
  const told = known.map((score) => score.toFixed(2)).join(", ");
  const picture = draw("svg", {
    class: "spark",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    width: WIDTH,
    height: HEIGHT,
    role: "img",
    "aria-label": `the waffle score over time: ${told}`,
  });
  picture.append(draw("polyline", { points: points.join(" ") }));
  return picture;
}

function draw(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
