"""What a session did, as its events tell, and the checks of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from darkfactory.domain.event import Event
from darkfactory.domain.globs import matching
from darkfactory.skills.checks.patterns import finds, place_of
from darkfactory.skills.checks.verdict import Judged

_NOT_DONE = frozenset({"denied", "aborted"})
_LONGEST_CALL = 120
_READS = frozenset({"read", "shell"})
_MCP_NAME = re.compile(r"mcp__(.+?)__(.+)|([^./\s]+)[./](\S+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call. *at* is the place of its start among the events."""

    at: int
    kind: str
    name: str
    command: str
    paths: tuple[str, ...]
    essence: str = ""
    text: str = ""
    status: str | None = None

    @property
    def done(self) -> bool:
        """Whether it took place: what was denied or stopped did not."""
        return self.status not in _NOT_DONE

    @property
    def said(self) -> str:
        """What a pattern for its arguments is held against: of an edit, what it puts in."""
        new = (line[1:] for line in self.text.split("\n") if line.startswith("+"))
        return "\n".join((self.command or self.name, *self.paths, *new))


@dataclass(frozen=True, slots=True)
class Trace:
    """What checks see of a session: its calls, the skills it loaded, its last words."""

    calls: tuple[Call, ...] = ()
    loaded: Mapping[str, int] = field(default_factory=dict)
    words: str = ""


def trace_of(events: Iterable[Event]) -> Trace:
    """Return what *events*, those of one session in their order, tell.

    What others have posted into the session proves nothing and is left out.
    """
    reader = TraceReader()
    for at, event in enumerate(events):
        reader.take(at, event)
    return reader.trace


class TraceReader:
    """Reads the events of a session one by one."""

    def __init__(self) -> None:
        self.over: list[Call] = []
        self.loaded: dict[str, int] = {}
        self.words = ""
        self._open: dict[str, Call] = {}

    @property
    def running(self) -> tuple[Call, ...]:
        """The calls whose end was not told."""
        return tuple(self._open.values())

    @property
    def trace(self) -> Trace:
        """What was read so far."""
        return Trace((*self.over, *self.running), self.loaded, self.words)

    def take(self, at: int, event: Event) -> Call | None:
        """Take the event at place *at*; return the call that it ended, if any."""
        if event.posted:
            return None
        data = event.data
        if event.type == "tool.started":
            self._open[str(data.get("call"))] = _call(at, data)
        elif event.type == "skill.loaded" and data.get("name"):
            self.loaded.setdefault(str(data["name"]), at)
        elif event.type == "message" and data.get("role") == "assistant" and not event.parent:
            self.words = str(data.get("text") or "")
        elif event.type == "tool.finished":
            begun = self._open.pop(str(data.get("call")), None)
            if begun is not None:
                ended = replace(begun, status=str(data.get("status") or "unknown"))
                self.over.append(ended)
                return ended
        return None


def judge_trace(body: Mapping[str, Any], trace: Trace) -> Judged:
    """Return how the trace check *body* stands for *trace*."""
    calls = tuple(sorted((call for call in trace.calls if call.done), key=lambda call: call.at))
    if "then" in body:
        return _ordered(body["before"], body["then"], calls)
    form, value = next(iter(body.items()))
    match form:
        case "called":
            hits = found_in(value, calls)
            return Judged(bool(hits), "called" if hits else "never called", _places(hits))
        case "never":
            hits = found_in(value, calls)
            return Judged(not hits, "was called" if hits else "never called", _places(hits))
        case "count":
            return _counted(value, found_in(value, calls))
        case "max_retries":
            return _retried(value, calls)
        case "read_file":
            globs = (value,) if isinstance(value, str) else tuple(value)
            hits = [call for call in calls if _reads(call, globs)]
            return Judged(bool(hits), "read" if hits else "never read", _places(hits))
        case _:
            at = trace.loaded.get(str(value))
            return Judged(at is not None, "loaded" if at is not None else "never loaded", _at(at))


def broken_for_good(body: Mapping[str, Any], calls: Sequence[Call]) -> Judged | None:
    """Return how *calls* break the trace check *body* whatever comes after them, or None.

    Calls that do not concern the check (:func:`concerns`) may be left out.
    """
    if "count" in body and "max" in body["count"]:
        most = {key: value for key, value in body["count"].items() if key != "min"}
        body = {"count": most}
    elif not body.keys() & {"never", "then", "max_retries"}:
        return None
    judged = judge_trace(body, Trace(tuple(calls)))
    return judged if judged.exercised and not judged.passed else None


def concerns(body: Mapping[str, Any], call: Call) -> bool:
    """Tell whether *call* can change how the trace check *body* stands."""
    forms = [value for key, value in body.items() if key in ("called", "never", "before", "then")]
    forms += [body["count"]] if "count" in body else []
    return (
        "max_retries" in body
        or any(fits(value, call) for value in forms)
        or ("read_file" in body and call.kind in _READS)
    )


def reason_of(judged: Judged, calls: Iterable[Call]) -> str:
    """Return why *judged* is so, with the first call that shows it in its own words."""
    said = next((call.said for call in calls if call.at in judged.events), "")
    line = said.strip().partition("\n")[0]
    cut = line if len(line) <= _LONGEST_CALL else f"{line[: _LONGEST_CALL - 1]}…"
    return f"{judged.because}: {cut}" if cut else judged.because


def found_in(wanted: Any, calls: Sequence[Call]) -> list[Call]:
    """Return the *calls* that fit *wanted*: a tool, or a mapping of tool and arg."""
    return [call for call in calls if fits(wanted, call)]


def fits(wanted: Any, call: Call) -> bool:
    """Tell whether *call* is one of those that *wanted* describes."""
    tool, arg = _wanted(wanted)
    return (tool is None or _is_tool(tool, call)) and (arg is None or finds(arg, call.said))


def _wanted(wanted: Any) -> tuple[str | None, str | None]:
    if isinstance(wanted, str):
        return wanted, None
    return wanted.get("tool"), wanted.get("arg")


def _is_tool(tool: str, call: Call) -> bool:
    """Tell whether *call* is by *tool*: a kind, a name, or ``mcp:SERVER[/TOOL]``."""
    if not tool.startswith("mcp:"):
        return tool in (call.kind, call.name)
    server, _, name = tool.removeprefix("mcp:").partition("/")
    found = _MCP_NAME.fullmatch(call.name)
    if call.kind != "mcp" or found is None:
        return False
    return found[1 if found[1] else 3] == server and name in ("", found[2] or found[4])


def _ordered(before: Any, then: Any, calls: Sequence[Call]) -> Judged:
    later = found_in(then, calls)
    if not later:
        return Judged(False, "what was to come later never came", exercised=False)
    firsts = found_in(before, calls)
    bare = [call for call in later if not any(_precedes(one, call, before, then) for one in firsts)]
    if bare:
        return Judged(False, "came without what has to come before it", _places(bare))
    return Judged(True, "came after what has to come before it", _places(later))


def _precedes(first: Call, later: Call, before: Any, then: Any) -> bool:
    if first.at != later.at:
        return first.at < later.at
    here, there = (place_of(_wanted(one)[1] or "", first.said) for one in (before, then))
    return here is not None and there is not None and here < there


def _counted(limits: Mapping[str, Any], hits: Sequence[Call]) -> Judged:
    passed = limits.get("min", 0) <= len(hits) <= limits.get("max", len(hits))
    return Judged(passed, f"called {len(hits)} times", _places(hits))


def _retried(value: Any, calls: Sequence[Call]) -> Judged:
    """Judge how often a call that fails is made again with nothing changed about it."""
    most = value["max"] if isinstance(value, Mapping) else value
    wanted = value if isinstance(value, Mapping) else {}
    failed: dict[str, list[Call]] = {}
    for call in found_in(wanted, calls):
        if call.status == "failed":
            failed.setdefault(call.essence or call.said, []).append(call)
        else:
            failed.pop(call.essence or call.said, None)
    worst = max(failed.values(), key=len, default=[])
    retries = max(0, len(worst) - 1)
    return Judged(retries <= most, f"retried {retries} times", _places(worst[1:]))


def _reads(call: Call, globs: Sequence[str]) -> bool:
    return call.kind in _READS and any(matching(path, globs) for path in call.paths)


def _places(calls: Sequence[Call]) -> tuple[int, ...]:
    return tuple(call.at for call in calls)


def _at(at: int | None) -> tuple[int, ...]:
    return () if at is None else (at,)


def _call(at: int, data: Mapping[str, Any]) -> Call:
    paths = data.get("paths")
    return Call(
        at=at,
        kind=str(data.get("kind") or "other"),
        name=str(data.get("name") or ""),
        command=str(data.get("command") or ""),
        paths=tuple(map(str, paths)) if isinstance(paths, list | tuple) else (),
        essence=str(data.get("input_hash") or ""),
        text=str(data.get("text") or ""),
    )
