// One session as its log tells it: plain values, so that they can be kept and shown again.

const SILENT = new Set([
  "skill.injected",
  "skill.catalog",
  "session.native",
  "session.ending",
  "control.accepted",
]);
const TROUBLE = new Set(["denied", "retry", "warning", "error"]);
const MOST_OUTPUT = 200_000;
const MOST_SCORES = 48;

let lives = 0;

export function newStory() {
  return {
    life: (lives += 1),
    entries: [],
    began: null,
    ended: null,
    inTurn: false,
    turn: null,
    tokens: 0,
    cost: 0,
    requests: 0,
    turns: 0,
    waffle: null,
    scores: [],
    model: null,
    events: 0,
    changes: 0,
    files: {},
    approvals: {},
    controls: {},
    calls: {},
  };
}

// Take the next events. `seen` of an entry grows with each event that changes it.
export function tell(story, events) {
  for (const event of events) {
    if (!event || typeof event.type !== "string") continue;
    story.events += 1;
    const at = take(story, event, isObject(event.data) ? event.data : {});
    if (at !== undefined) story.entries[at].seen += 1;
  }
}

// Others write logs too, so a value may be of any type; what is shown as a text becomes one.
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = (value) => (Array.isArray(value) ? value : []);
const named = (id) => ` ${id}`;

// What was posted into the session proves nothing: it is shown as what somebody says.
function posted(story, event, data) {
  const said = typeof data.text === "string" ? data.text : JSON.stringify(data);
  const what = event.type === "message" ? "" : `${event.type}: `;
  return add(story, event, "message", { role: "posted", text: what + said });
}

function take(story, event, data) {
  if (event.posted === true) return posted(story, event, data);
  switch (event.type) {
    case "session.started":
      return begin(story, event, data);
    case "session.ended":
      story.ended = data;
      story.inTurn = false;
      return add(story, event, "end", {
        outcome: data.outcome,
        reason: data.reason,
        preserved: data.preserved,
      });
    case "turn.started":
      Object.assign(story, { inTurn: true, turn: event.turn, turns: story.turns + 1 });
      return data.trigger === "start"
        ? undefined
        : add(story, event, "turn", { trigger: data.trigger });
    case "turn.finished":
      story.inTurn = false;
      return add(story, event, "turn", { reason: data.reason });
    case "message":
      return add(story, event, "message", { role: data.role, text: data.text });
    case "thought":
      return add(story, event, "thought", { text: data.text });
    case "usage":
      return used(story, data);
    case "waffle.scored":
      return scored(story, event, data);
    case "harness.finished":
      if (data.again) return undefined;
      return add(story, event, "harness", {
        result: data.result,
        failing: data.failing,
        seconds: data.seconds,
        where: data.where,
      });
    case "approval.requested":
    case "approval.resolved":
      return approval(story, event, data);
    default:
      return other(story, event, data);
  }
}

function other(story, event, data) {
  if (event.type.startsWith("tool.") || event.type === "file.changed")
    return tool(story, event, data);
  if (event.type.startsWith("control.")) return control(story, event, data);
  if (TROUBLE.has(event.type)) return add(story, event, "trouble", { type: event.type, data });
  if (event.type === "session.native") story.model = data.model ?? story.model;
  return SILENT.has(event.type)
    ? undefined
    : add(story, event, "other", { type: event.type, data });
}

function add(story, event, kind, more) {
  const at = story.entries.length;
  const from = {
    agent: event.agent ?? null,
    parent: event.parent ?? null,
    own: event.posted !== true && (event.agent ?? null) === (story.began?.agent ?? null),
  };
  const entry = { at, seen: 0, kind, ts: event.ts ?? null, turn: event.turn ?? null, ...from };
  story.entries.push({ ...entry, ...more });
  return at;
}

function begin(story, event, data) {
  Object.assign(story, {
    began: { ...data, ts: event.ts, agent: event.agent },
    ended: null,
    inTurn: false,
  });
  story.approvals = {};
  return add(story, event, "begin", { item: data.item, lane: data.lane, attempt: data.attempt });
}

function used(story, data) {
  story.tokens = Math.max(story.tokens, Number(data.total_session) || 0);
  story.cost = Math.max(story.cost, Number(data.cost_usd) || 0);
  story.requests += data.scope === "request" ? 1 : 0;
  return undefined;
}

function scored(story, event, data) {
  const before = story.waffle?.action ?? "none";
  const because = listOf(data.signals)
    .map((one) => one?.because)
    .filter(Boolean);
  story.waffle = { score: data.score, action: String(data.action ?? "none"), because };
  story.scores = [...listOf(story.scores), data.score].slice(-MOST_SCORES);
  if (story.waffle.action === "none" || story.waffle.action === before) return undefined;
  return add(story, event, "waffle", story.waffle);
}

function callOf(event, data) {
  return named(`${event.agent ?? ""} ${data.call}`);
}

function tool(story, event, data) {
  const known = story.calls[callOf(event, data)];
  const entry = known === undefined ? null : story.entries[known];
  switch (event.type) {
    case "tool.started": {
      const started = {
        call: data.call,
        tool: data.kind,
        name: data.name,
        command: data.command,
        paths: listOf(data.paths),
      };
      const at = add(story, event, "tool", {
        ...started,
        status: "running",
        output: "",
        files: [],
      });
      story.calls[callOf(event, data)] = at;
      return at;
    }
    case "tool.output":
      if (!entry) return undefined;
      entry.output = (entry.output + String(data.delta ?? "")).slice(-MOST_OUTPUT);
      return known;
    case "tool.finished":
      if (!entry) return add(story, event, "other", { type: event.type, data });
      Object.assign(entry, {
        status: String(data.status),
        exit: data.exit_code,
        ms: data.ms,
        output: entry.output || String(data.output ?? ""),
      });
      return known;
    default:
      return changed(story, event, data, entry, known);
  }
}

function changed(story, event, data, entry, known) {
  const file = { path: data.path, added: data.added, removed: data.removed };
  story.changes += 1;
  story.files[named(data.path)] = true;
  if (!entry) return add(story, event, "file", file);
  entry.files.push(file);
  return known;
}

function approval(story, event, data) {
  const name = named(data.request);
  const known = story.approvals[name];
  if (event.type === "approval.requested") {
    const at = add(story, event, "approval", {
      request: data.request,
      command: data.command,
      tool: data.kind,
      decision: null,
      by: null,
    });
    story.approvals[name] = at;
    return at;
  }
  if (known === undefined) return undefined;
  Object.assign(story.entries[known], { decision: data.decision, by: data.by });
  delete story.approvals[name];
  return known;
}

function control(story, event, data) {
  const said = event.type.slice("control.".length);
  let at = story.controls[named(data.id)];
  if (at === undefined) {
    at = add(story, event, "control", {
      id: data.id,
      op: data.op,
      by: null,
      text: null,
      request: null,
      state: said,
    });
    story.controls[named(data.id)] = at;
  }
  const entry = story.entries[at];
  for (const key of ["by", "text", "request", "scope"]) entry[key] = data[key] ?? entry[key];
  entry.state = said;
  entry.how = data.how ?? entry.how;
  if (data.reason) entry.reason = data.reason;
  return at;
}

// The same story with its last entries only, for keeping.
export function lastOf(story, most) {
  const cut = Math.max(0, story.entries.length - most);
  const entries = story.entries.slice(cut).map((entry, at) => ({ ...entry, at }));
  const open = Object.entries(story.approvals).filter(([, at]) => at >= cut);
  return {
    ...story,
    entries,
    approvals: Object.fromEntries(open.map(([name, at]) => [name, at - cut])),
    calls: {},
    controls: {},
  };
}

// Whether the log tells of the control message `id`.
export function hasAnswered(story, id) {
  return story.controls[named(id)] !== undefined;
}
