"""What happens in an agent's turn, as events."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from darkfactory.agents.acp.calls import Calls
from darkfactory.agents.acp.items import words
from darkfactory.agents.acp.usage import Usage
from darkfactory.agents.protocol import Emit, Step
from darkfactory.agents.told import CallStart
from darkfactory.agents.wire import mapping, sequence, text

_LONGEST_TEXT = 256 * 1024
_MOST_WARNINGS = 20


class Story:
    """Turns updates into events. *words* are what the agent said last in its turn."""

    def __init__(
        self,
        *,
        workspace: str,
        tokens_before: int,
        cost_before: float,
        servers: Sequence[str] = (),
        skills: Sequence[Any] = (),
    ) -> None:
        self.words = ""
        self.usage = Usage(tokens_before, cost_before)
        self._calls = Calls(workspace, servers, skills)
        self._saying = ("", "")
        self._said = ""
        self._warned: set[str] = set()
        self._heard: Mapping[str, Callable[[Mapping[str, Any]], list[Step]]] = {
            "agent_message_chunk": self._chunk,
            "agent_thought_chunk": self._chunk,
            "tool_call": self._call,
            "tool_call_update": self._call,
            "plan": self._plan,
            "usage_update": self._cost,
        }

    def hear(self, update: Mapping[str, Any]) -> list[Step]:
        """Return what *update* tells; kinds that say nothing of the work tell nothing."""
        heard = self._heard.get(text(update.get("sessionUpdate")))
        used = self.usage.request(update)
        return [*(heard(update) if heard else ()), *([Emit("usage", used)] if used else ())]

    def begin(self) -> None:
        """Note that a turn begins."""
        self.words = ""

    def asked(self, call: Mapping[str, Any]) -> tuple[CallStart, list[Step]]:
        """Return what the call does that the agent asks leave for, and tell of it."""
        said = self._end_text()
        what, steps = self._calls.asked(call)
        return what, [*said, *steps]

    def stop(self) -> None:
        """Note that the turn is being cancelled."""
        self._calls.stop()

    def denied(self, call: str, reason: str) -> list[Step]:
        """Tell that *call* was denied."""
        return list(self._calls.denied(call, reason))

    def name_of(self, call: str) -> str | None:
        """Return the id under which *call* stands in the log."""
        return self._calls.name_of(call)

    def end(self, status: str, result: Mapping[str, Any]) -> list[Step]:
        """Tell what the end of a turn leaves: last words, open calls (*status*), what was used."""
        steps = [*self._end_text(), *self._calls.close(status)]
        used = self.usage.turn(result)
        return [*steps, Emit("usage", used)] if used else steps

    def warn(self, said: str) -> list[Step]:
        """Tell a warning, once; after many different ones no more."""
        if said in self._warned or len(self._warned) >= _MOST_WARNINGS:
            return []
        self._warned.add(said)
        return [Emit("warning", {"text": said})]

    def _chunk(self, update: Mapping[str, Any]) -> list[Step]:
        """Gather a text that comes in pieces; it is told when something else comes."""
        saying = (text(update.get("sessionUpdate")), text(update.get("messageId")))
        steps = self._end_text() if saying != self._saying else []
        steps += self._calls.release()
        self._saying = saying
        self._said = (self._said + words(update.get("content")))[:_LONGEST_TEXT]
        return steps

    def _call(self, update: Mapping[str, Any]) -> list[Step]:
        return [*self._end_text(), *self._calls.told(update)]

    def _plan(self, update: Mapping[str, Any]) -> list[Step]:
        entries = (mapping(entry) for entry in sequence(update.get("entries")))
        lines = [f"[{text(each.get('status'))}] {text(each.get('content'))}" for each in entries]
        return [*self._end_text(), Emit("thought", {"text": "\n".join(lines)[:_LONGEST_TEXT]})]

    def _cost(self, update: Mapping[str, Any]) -> list[Step]:
        self.usage.cost(update)
        return list(self._calls.release())

    def _end_text(self) -> list[Step]:
        kind, said = self._saying[0], self._said
        self._saying, self._said = ("", ""), ""
        if not said.strip():
            return []
        if kind == "agent_thought_chunk":
            return [Emit("thought", {"text": said})]
        self.words = said
        return [Emit("message", {"role": "assistant", "text": said})]
