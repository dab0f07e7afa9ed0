"""The tool calls of a session: each starts once and ends once, in whatever pieces it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from darkfactory.agents.acp.items import (
    call_end,
    call_start,
    changed_files,
    loads_skill,
    printed_delta,
    shown_text,
    skill_named,
)
from darkfactory.agents.protocol import Emit
from darkfactory.agents.told import CallEnd, CallStart, changed_data, finished_data, started_data
from darkfactory.agents.wire import mapping, tail, text

_DONE = ("completed", "failed")
_INPUT = ("rawInput", "content", "locations")
_KEYS = ("toolCallId", "title", "name", "kind", "status", "rawOutput", *_INPUT)


@dataclass(slots=True)
class _Open:
    """A call that is not over. *name* is its id in the log, where no id comes twice.

    *loads*: it is one of the tool that loads a skill, whatever its title becomes.
    """

    name: str
    told: dict[str, Any] = field(default_factory=dict)
    start: CallStart | None = None
    printed: str = ""
    denied: bool = False
    loads: bool = False

    def hear(self, update: Mapping[str, Any]) -> None:
        """Take what is told: it replaces what it names; an empty input is none."""
        for key in _KEYS:
            value = update.get(key)
            if value is not None and not (key == "rawInput" and not value):
                self.told[key] = value
        self.told["_meta"] = {**mapping(self.told.get("_meta")), **mapping(update.get("_meta"))}
        self.loads = self.loads or loads_skill(self.told)

    @property
    def waits(self) -> bool:
        """Whether it was not told to have begun although it could be."""
        return self.start is None and any(self.told.get(key) for key in _INPUT)


class Calls:
    """The calls of a session, by the id that the agent gives them.

    A pending call is held back until it runs, or something else happens once its input is there.

    Args:
        skills: What was injected, each with name, version and sha256; others do not count.
    """

    def __init__(
        self, workspace: str, servers: Sequence[str] = (), skills: Sequence[Any] = ()
    ) -> None:
        self._workspace = workspace
        self._servers = servers
        self._skills = {text(skill.get("name")): skill for skill in map(mapping, skills)}
        self._open: dict[str, _Open] = {}
        self._names: dict[str, str] = {}
        self._count = 0
        self._stopping = False

    def told(self, update: Mapping[str, Any]) -> list[Emit]:
        """Take a piece of a call; a call that is over is not heard of any more."""
        call = text(update.get("toolCallId"))
        if not call or (call in self._names and call not in self._open and not _begins(update)):
            return []
        steps = self.release(but=call)
        running = self._running(call)
        before = shown_text(running.told)
        running.hear(update)
        status = text(running.told.get("status"))
        if status not in ("", "pending"):
            steps += self._start(running)
        if status in _DONE:
            return steps + self._finish(call, printed_delta(update))
        return steps + self._printed(running, update, before)

    def asked(self, update: Mapping[str, Any]) -> tuple[CallStart, list[Emit]]:
        """Return what the call that the agent asks leave for does, and tell that it began.

        One that was denied before may be allowed this time.
        """
        call = text(update.get("toolCallId"))
        if call in self._names and call not in self._open:
            return call_start(update, self._workspace, self._servers), []
        steps = self.release(but=call)
        running = self._running(call or "unnamed")
        running.hear({key: value for key, value in update.items() if key != "status"})
        steps += self._start(running)
        running.denied = False
        # What is asked decides, not what was told before.
        return self._begun(running), steps

    def stop(self) -> None:
        """Note that the turn is being cancelled: what fails from now on was aborted."""
        self._stopping = True

    def denied(self, call: str, reason: str) -> list[Emit]:
        """Tell that *call* was denied, once."""
        running = self._open.get(call or "unnamed")
        if running is None or running.denied:
            return []
        running.denied = True
        return [Emit("denied", {"call": running.name, "reason": reason})]

    def name_of(self, call: str) -> str | None:
        """Return the id under which *call* stands in the log, None for one that never began."""
        return self._names.get(call or "unnamed")

    def release(self, *, but: str = "") -> list[Emit]:
        """Tell of the calls that were held back and have their input, except of call *but*."""
        held = [one for call, one in self._open.items() if call != but and one.waits]
        return [step for running in held for step in self._start(running)]

    def close(self, status: str) -> list[Emit]:
        """End the open calls with *status*."""
        steps: list[Emit] = []
        for running in self._open.values():
            steps += self._start(running)
            end = CallEnd("denied" if running.denied else status, None, running.printed)
            steps.append(Emit("tool.finished", finished_data(running.name, end)))
        self._open.clear()
        self._stopping = False
        return steps

    def _running(self, call: str) -> _Open:
        if call not in self._open:
            name = call
            if call in self._names:
                self._count += 1
                name = f"{call}#{self._count}"
            self._names[call] = name
            self._open[call] = _Open(name)
        return self._open[call]

    def _start(self, running: _Open) -> list[Emit]:
        if running.start is not None:
            return []
        running.start = self._begun(running)
        return [Emit("tool.started", started_data(running.name, running.start))]

    def _begun(self, running: _Open) -> CallStart:
        """Return what a call does, by all that was told of it; a skill is loaded to be read."""
        start = call_start(running.told, self._workspace, self._servers)
        return replace(start, kind="read") if running.loads and start.kind == "other" else start

    def _printed(self, running: _Open, update: Mapping[str, Any], before: str) -> list[Emit]:
        """Tell what a running command has printed: a delta, or a text that went on."""
        if running.start is None:
            return []
        delta, shown = printed_delta(update), shown_text(running.told)
        if not delta and before and shown.startswith(before):
            delta = shown[len(before) :]
        elif not delta and not before and running.start.kind == "shell":
            delta = shown
        if not delta:
            return []
        running.printed = tail(running.printed + delta)
        return [Emit("tool.output", {"call": running.name, "delta": delta})]

    def _finish(self, call: str, last: str) -> list[Emit]:
        running = self._open.pop(call)
        kind = running.start.kind if running.start else "other"
        end = call_end(running.told, running.printed + last, kind)
        if running.denied or (self._stopping and end.status == "failed"):
            end = CallEnd("denied" if running.denied else "aborted", end.exit_code, end.output)
        changes = [] if running.denied else changed_files(running.told, self._workspace)
        ok = end.status == "ok"
        return [
            *(Emit("file.changed", changed_data(running.name, each, ok=ok)) for each in changes),
            Emit("tool.finished", finished_data(running.name, end)),
            *(self._loaded(running) if ok and running.loads else ()),
        ]

    def _loaded(self, running: _Open) -> list[Emit]:
        skill = self._skills.get(skill_named(running.told))
        if skill is None:
            return []
        told = {key: skill.get(key) for key in ("name", "version", "sha256")}
        return [Emit("skill.loaded", {**told, "how": "tool", "call": running.name})]


def _begins(update: Mapping[str, Any]) -> bool:
    return update.get("sessionUpdate") == "tool_call"
