"""The tool calls of a session: each starts once and ends once, whatever Codex tells of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from darkfactory.agents.codex.items import call_end, call_start, changed_files
from darkfactory.agents.codex.unseen import UnseenCalls, is_answer, is_made
from darkfactory.agents.protocol import Emit
from darkfactory.agents.told import (
    CallEnd,
    CallStart,
    changed_data,
    finished_data,
    started_data,
)
from darkfactory.agents.wire import text

_SANDBOX = "Codex's sandbox or its policy stopped it"


@dataclass(slots=True)
class _Open:
    """A call that runs. *name* is its id in the log, where no id comes twice."""

    thread: str
    name: str
    denied: bool = False


class Calls:
    """The calls of all threads, by the id that Codex gives them."""

    def __init__(self, workspace: str) -> None:
        self._workspace = workspace
        self._open: dict[str, _Open] = {}
        self._names: dict[str, str] = {}
        self._count = 0
        self._unseen: dict[str, UnseenCalls] = {}

    def started(self, thread: str, item: Mapping[str, Any]) -> list[Emit]:
        """Tell that the call *item* began."""
        call = text(item.get("id"))
        if not call or call in self._open:
            return []
        self._unseen_of(thread).item_started(call)
        return self._begin(thread, call, call_start(item, self._workspace))

    def output(self, call: str, delta: str) -> list[Emit]:
        """Tell what an open call printed; one that was closed is not heard any more."""
        if call not in self._open or not delta:
            return []
        return [Emit("tool.output", {"call": self._open[call].name, "delta": delta})]

    def completed(self, thread: str, item: Mapping[str, Any]) -> list[Emit]:
        """Tell that the call *item* ended, and which files it changed."""
        call = text(item.get("id"))
        if call in self._names and call not in self._open:
            return []  # its end was told by other means
        steps = self.started(thread, item)
        if call not in self._open:
            return []
        end = call_end(item)
        if end.status in ("ok", "failed") and item.get("type") == "fileChange":
            steps += self._files(self._open[call].name, item, ok=end.status == "ok")
        return steps + self._end(call, end)

    def raw(self, thread: str, item: Mapping[str, Any]) -> list[Emit]:
        """Take an item of the raw stream: tell of calls for which no other item comes."""
        unseen = self._unseen_of(thread)
        if is_made(item):
            unseen.made(item)
        if not is_answer(item):
            return []
        answer = unseen.answered(item)
        call, start, end = answer.call, answer.start, answer.end
        steps = self._begin(thread, call, start) if start and call not in self._open else []
        if end is None:
            return steps
        over = [call] if end.status != "denied" else [call, *answer.steps]
        for ended in over:  # an approved command that the sandbox stops gets no end of its own
            steps += self._end(ended, end) if ended in self._open else []
        return steps

    def untold(self, thread: str) -> list[Emit]:
        """Tell of a call that must have been made after a model request and nobody told of."""
        self._count += 1
        call = f"untold-{self._count}"
        begun = self._begin(thread, call, CallStart("other", "untold"))
        return [*begun, *self._end(call, CallEnd("unknown"))]

    def denied(self, call: str, reason: str) -> list[Emit]:
        """Tell that *call* was denied, once."""
        running = self._open.get(call)
        if running is None:
            return [Emit("denied", {"call": self._names.get(call), "reason": reason})]
        if running.denied:
            return []
        running.denied = True
        return [Emit("denied", {"call": running.name, "reason": reason})]

    def name_of(self, call: str) -> str | None:
        """Return the id under which *call* stands in the log, None for one that never began."""
        return self._names.get(call)

    @property
    def busy_threads(self) -> list[str]:
        """The threads that have a call open."""
        return list(dict.fromkeys(running.thread for running in self._open.values()))

    def close(self, thread: str, status: str) -> list[Emit]:
        """End the open calls of *thread* with *status*."""
        self._unseen_of(thread).forget()
        left = [call for call, running in self._open.items() if running.thread == thread]
        return [step for call in left for step in self._end(call, CallEnd(status))]

    def _unseen_of(self, thread: str) -> UnseenCalls:
        return self._unseen.setdefault(thread, UnseenCalls())

    def _begin(self, thread: str, call: str, start: CallStart) -> list[Emit]:
        name = call
        if call in self._names:
            self._count += 1
            name = f"{call}#{self._count}"
        self._names[call] = name
        self._open[call] = _Open(thread, name)
        return [Emit("tool.started", started_data(name, start))]

    def _end(self, call: str, end: CallEnd) -> list[Emit]:
        steps = self.denied(call, _SANDBOX) if end.status == "denied" else []
        name = self._open.pop(call).name
        return [*steps, Emit("tool.finished", finished_data(name, end))]

    def _files(self, name: str, item: Mapping[str, Any], *, ok: bool) -> list[Emit]:
        changes = changed_files(item, self._workspace)
        return [Emit("file.changed", changed_data(name, change, ok=ok)) for change in changes]
