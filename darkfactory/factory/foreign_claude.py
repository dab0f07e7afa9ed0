"""Claude Code's transcripts and stream-json output as events."""

from collections.abc import Iterable, Mapping
from typing import Any

from darkfactory.agents.claude_code.skills import SkillUse
from darkfactory.agents.claude_code.transcript import Transcript
from darkfactory.agents.claude_code.usage import Ledger
from darkfactory.agents.claude_code.wire import items, mapping, text_of
from darkfactory.agents.protocol import Emit
from darkfactory.domain.event import Event

_SIDE = "sidechain"
# A transcript writes in one way what the output writes in another.
_SPELLED = {"toolUseResult": "tool_use_result", "isApiErrorMessage": "is_api_error_message"}


class ClaudeLog:
    """Reads one log, line after line."""

    def __init__(self) -> None:
        self._transcript: Transcript | None = None

    def events(self, line: Mapping[str, Any]) -> list[Event]:
        """Return what one decoded line tells."""
        transcript = self._transcript_of(line)
        spelled = {_SPELLED.get(key, key): value for key, value in line.items()}
        if spelled.get("isSidechain") is True:
            spelled.setdefault("parent_tool_use_id", spelled.get("agentId") or _SIDE)
        match line.get("type"):
            case "assistant":
                return events_of(transcript.assistant(spelled))
            case "user":
                said = _said_by_a_person(spelled)
                asked = [Emit("message", {"role": "user", "text": said})] if said else []
                return events_of([*asked, *transcript.user(spelled)])
            case _:
                return []

    def _transcript_of(self, line: Mapping[str, Any]) -> Transcript:
        """Return the account of the conversation; the first line that tells it names the folder."""
        cwd = line.get("cwd")
        if self._transcript is None:
            if not isinstance(cwd, str) and line.get("type") not in ("assistant", "user"):
                return _empty("")
            self._transcript = _empty(cwd if isinstance(cwd, str) else "")
        return self._transcript


def events_of(steps: Iterable[object]) -> list[Event]:
    """Return the events among *steps* of a conversation."""
    return [
        Event(step.type, step.data, agent=step.agent, parent=step.parent)
        for step in steps
        if isinstance(step, Emit)
    ]


def _empty(workspace: str) -> Transcript:
    ledger = Ledger(total_before=0, cost_before=0.0, resumed=False)
    return Transcript(workspace, ledger, SkillUse(None))


def _said_by_a_person(line: Mapping[str, Any]) -> str:
    """Return the words of a user line that holds no tool result and is not the program's own."""
    content = mapping(line.get("message")).get("content")
    if line.get("isMeta") is True or line.get("parent_tool_use_id") is not None:
        return ""
    if any(block.get("type") == "tool_result" for block in items(content)):
        return ""
    return text_of(content)
