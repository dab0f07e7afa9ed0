"""What happens on the threads of one session, as events; sub-agents are threads of their own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from darkfactory.agents.codex import faults
from darkfactory.agents.codex.calls import Calls
from darkfactory.agents.codex.items import is_call, touched_paths
from darkfactory.agents.codex.usage import TokenCount
from darkfactory.agents.protocol import Emit, Native, Step
from darkfactory.agents.wire import mapping, sequence, text

_UNTOLD = (
    "after a resume Codex does not tell of commands that its sandbox stops at once; "
    "such calls stand here as 'untold'"
)
_TELLING = ("item/", "rawResponse")
_ACTS = (
    "item/commandExecution/terminalInteraction",
    "turn/plan/updated",
    "thread/goal/updated",
    "thread/goal/cleared",
)


class Story:
    """Turns notifications into events.

    Args:
        agent: The name under which the main thread stands in the log.
        raw: Whether the raw stream of the model's items is told; a resumed thread has none.
    """

    def __init__(self, *, agent: str, workspace: str, tokens_before: int, raw: bool) -> None:
        self.main = ""
        self.words = ""
        self._agent = agent
        self._raw = raw
        self._calls = Calls(workspace)
        self._tokens = TokenCount(tokens_before)
        self._warnings = faults.Warnings()
        self._parents: dict[str, str] = {}
        self._running: dict[str, str] = {}
        self._turns: set[str] = set()
        self._acted: set[str] = set()
        self._paths: dict[str, list[str]] = {}
        self._said_error = False
        self._heard: Mapping[str, Callable[[str, Mapping[str, Any]], list[Step]]] = {
            "item/started": self._item_started,
            "item/completed": self._item_completed,
            "item/commandExecution/outputDelta": self._output,
            "item/fileChange/outputDelta": self._output,
            "rawResponse/completed": self._raw_usage,
            "rawResponseItem/completed": self._raw_item,
            "thread/tokenUsage/updated": self._usage,
            "error": self._error,
            "model/rerouted": self._rerouted,
            "mcpServer/startupStatus/updated": self._mcp,
        }

    @property
    def running_sub_agents(self) -> Sequence[tuple[str, str]]:
        """The threads, other than the main one, that have a turn running, and that turn."""
        return [pair for pair in self._running.items() if pair[0] != self.main]

    def hear(self, method: str, params: Mapping[str, Any]) -> list[Step]:
        """Return what notification *method* tells; most tell nothing of note."""
        thread = text(params.get("threadId")) or self.main
        if method.startswith(_TELLING) and self.main not in self._running:
            return []  # a sub-agent goes on after the turn: what it does is in no turn
        if method in _ACTS:
            self._acted.add(thread)
        if method in self._heard:
            return self._by(thread, self._heard[method](thread, params))
        if method.lower().endswith(("warning", "deprecationnotice")):
            return self.warn(text(params.get("message")) or text(params.get("summary")))
        return []

    def turn_began(self, thread: str, turn: str) -> None:
        """Note that *turn* runs on *thread*."""
        self._running[thread] = turn
        self._turns.add(turn)
        if thread == self.main:
            self.words, self._said_error = "", False

    def turn_over(self, thread: str, turn: Mapping[str, Any]) -> list[Step]:
        """Tell of what the end of *turn* leaves open, and of its error."""
        self._running.pop(thread, None)
        steps: list[Step] = []
        error = mapping(turn.get("error"))
        if error and not self._said_error:
            steps.append(Emit("error", faults.error_data(error)))
        status = "aborted" if turn.get("status") == "interrupted" else "unknown"
        return [*self._by(thread, steps), *self._close(thread, status)]

    def close(self) -> list[Step]:
        """Tell of the calls that are open when the program is gone."""
        return self._close(self.main, "unknown")

    def denied(self, thread: str, call: str, reason: str) -> list[Step]:
        """Tell that *call* was denied."""
        return self._by(thread, self._calls.denied(call, reason))

    def warn(self, words: str) -> list[Step]:
        """Tell a warning, once."""
        return list(self._warnings.say(words))

    def name_of(self, call: str) -> str | None:
        """Return the id under which *call* stands in the log, None for one that never began."""
        return self._calls.name_of(call)

    def paths_of(self, call: str) -> Sequence[str]:
        """Return the files that the open edit *call* names."""
        return self._paths.get(call, ())

    def _close(self, thread: str, status: str) -> list[Step]:
        """End the calls of *thread*; with the main one's turn everybody's calls are over."""
        busy = self._calls.busy_threads if thread == self.main else []
        return [
            step
            for of in dict.fromkeys([thread, *busy])
            for step in self._by(of, self._calls.close(of, status))
        ]

    def _by(self, thread: str, steps: Sequence[Step]) -> list[Step]:
        """Put the name of a sub-agent on what it does."""
        if not self.main or thread == self.main:
            return list(steps)
        parent = self._parents.get(thread, self._agent)
        return [
            replace(step, agent=thread, parent=parent) if isinstance(step, Emit) else step
            for step in steps
        ]

    def _item_started(self, thread: str, params: Mapping[str, Any]) -> list[Step]:
        item = mapping(params.get("item"))
        if item.get("type") == "agentMessage":
            self._acted.add(thread)
        if not is_call(item) or not self._is_current(thread, params):
            return []
        self._acted.add(thread)
        self._note_children(thread, item)
        if item.get("type") == "fileChange":
            self._paths[text(item.get("id"))] = touched_paths(item)
        return list(self._calls.started(thread, item))

    def _item_completed(self, thread: str, params: Mapping[str, Any]) -> list[Step]:
        item = mapping(params.get("item"))
        if is_call(item):
            if not self._is_current(thread, params):
                return []  # of a turn that is over: its calls were closed with it
            self._acted.add(thread)
            self._note_children(thread, item)
            self._paths.pop(text(item.get("id")), None)
            return list(self._calls.completed(thread, item))
        return self._said(thread, item)

    def _said(self, thread: str, item: Mapping[str, Any]) -> list[Step]:
        match item.get("type"):
            case "agentMessage":
                words = text(item.get("text"))
                if thread == self.main:
                    self.words = words or self.words
                return [Emit("message", {"role": "assistant", "text": words})] if words else []
            case "reasoning":
                parts = sequence(item.get("summary")) or sequence(item.get("content"))
                words = "\n".join(part for part in map(text, parts) if part)
                return [Emit("thought", {"text": words})] if words else []
            case "plan":
                return [Emit("thought", {"text": text(item.get("text"))})]
            case "contextCompaction":
                return [Emit("warning", {"text": "the agent shortened what it remembers"})]
        return []

    def _output(self, _thread: str, params: Mapping[str, Any]) -> list[Step]:
        return list(self._calls.output(text(params.get("itemId")), text(params.get("delta"))))

    def _raw_item(self, thread: str, params: Mapping[str, Any]) -> list[Step]:
        return list(self._calls.raw(thread, mapping(params.get("item"))))

    def _raw_usage(self, thread: str, params: Mapping[str, Any]) -> list[Step]:
        data = self._tokens.response(thread, mapping(params.get("usage")))
        return [Emit("usage", data)] if data else []

    def _usage(self, thread: str, params: Mapping[str, Any]) -> list[Step]:
        usage = mapping(params.get("tokenUsage"))
        if not self._is_known(params):
            self._tokens.past(thread, usage)
            return []
        data = self._tokens.request(thread, usage)
        if data is None or self.main not in self._running:
            return []
        silent = not self._raw and thread not in self._acted
        self._acted.discard(thread)
        untold = [*self.warn(_UNTOLD), *self._calls.untold(thread)] if silent else []
        return [*untold, Emit("usage", data)]

    def _error(self, thread: str, params: Mapping[str, Any]) -> list[Step]:
        error = mapping(params.get("error"))
        if params.get("willRetry") is True:
            why = text(error.get("additionalDetails"))
            return [Emit("retry", faults.retry_data(error)), *self.warn(why)]
        if thread == self.main:
            self._said_error = True
        return [Emit("error", faults.error_data(error))]

    def _rerouted(self, thread: str, params: Mapping[str, Any]) -> list[Step]:
        model = text(params.get("toModel"))
        native: list[Step] = [Native(model=model)] if thread == self.main else []
        return [*native, *self.warn(f"the model was changed to {model}")]

    def _mcp(self, _thread: str, params: Mapping[str, Any]) -> list[Step]:
        if params.get("status") != "failed":
            return []
        name, error = text(params.get("name")), text(params.get("error"))
        return self.warn(f"MCP server {name!r} did not start: {error[:500]}")

    def _is_current(self, thread: str, params: Mapping[str, Any]) -> bool:
        turn = self._running.get(thread)
        return turn is not None and turn == text(params.get("turnId"))

    def _is_known(self, params: Mapping[str, Any]) -> bool:
        """Tell whether something belongs to a turn that began here, not to a resumed past."""
        return text(params.get("turnId")) in self._turns

    def _note_children(self, thread: str, item: Mapping[str, Any]) -> None:
        children = [*sequence(item.get("receiverThreadIds")), item.get("agentThreadId")]
        for child in filter(None, map(text, children)):
            if child not in (thread, self.main):
                by = self._agent if thread == self.main else thread
                self._parents.setdefault(child, by)
