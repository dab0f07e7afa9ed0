"""Play recorded output of Claude Code to its conversation, with the wishes of then at their places.

The recordings under tests/unit/agents/transcripts are standard output of the real program, version
2.1.329, talking to a scripted model in ``/run/lab``. Those named ``claude-stream-…`` were started
as the adapter starts it; the others without partial messages and without session states, as any
older or differently started program would speak.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from darkfactory.agents.claude_code.conversation import ClaudeConversation
from darkfactory.agents.protocol import Applied, Emit, Native, Refused, Send, Step

FOLDER = Path(__file__).resolve().parent.parent / "unit" / "agents" / "transcripts"
NAMES = sorted(path.stem.removeprefix("claude-") for path in FOLDER.glob("claude-*.jsonl"))


def lines_of(name: str) -> list[bytes]:
    """Return the lines of recording *name*."""
    return (FOLDER / f"claude-{name}.jsonl").read_bytes().splitlines()


@dataclass
class Replay:
    """What a conversation made of a recording."""

    steps: list[Step] = field(default_factory=list)

    @property
    def events(self) -> list[Emit]:
        return [step for step in self.steps if isinstance(step, Emit)]

    @property
    def answers(self) -> dict[str, Applied | Refused]:
        return {step.control: step for step in self.steps if isinstance(step, Applied | Refused)}

    @property
    def natives(self) -> list[Native]:
        return [step for step in self.steps if isinstance(step, Native)]

    @property
    def sent(self) -> list[Mapping[str, Any]]:
        return [json.loads(step.line) for step in self.steps if isinstance(step, Send)]

    def of(self, *types: str) -> list[Mapping[str, Any]]:
        """Return the data of the events of *types*."""
        return [event.data for event in self.events if event.type in types]

    def only(self, type_: str) -> Mapping[str, Any]:
        """Return the data of the one event of *type_*."""
        (data,) = self.of(type_)
        return data

    def types(self) -> list[str]:
        return [event.type for event in self.events]


def replay(
    recording: str | Sequence[bytes],
    *,
    spec: Mapping[str, Any] | None = None,
    trigger: str = "start",
    exit_code: int | None = 0,
    signal: int | None = None,
) -> Replay:
    """Return what a conversation makes of *recording*, from its first step to the program's end.

    Messages, interrupts and answers that the recording shows are given at their places; controls
    are named ``steer-1``, ``interrupt-1`` and ``answer-1`` in the order in which they came.
    """
    lines = lines_of(recording) if isinstance(recording, str) else recording
    ids = iter(_message_ids(lines))
    request = {"prompt": "ITEM-1 go", "workspace": "/run/lab/repo", **(spec or {})}
    conversation = ClaudeConversation(request, new_id=lambda: next(ids, str(uuid4())))
    made = Replay([*conversation.open(trigger=trigger)])
    wishes = _Wishes(conversation)
    for line in lines:
        made.steps += wishes.before(line)
        made.steps += conversation.hear(line)
    made.steps += conversation.ended(exit_code, signal)
    return made


class _Wishes:
    """Notices in a line what somebody had asked for just before it."""

    def __init__(self, conversation: ClaudeConversation) -> None:
        self._conversation = conversation
        self._messages = 0
        self._seen: set[str] = set()
        self._counts = {"steer": 0, "interrupt": 0, "answer": 0}

    def before(self, line: bytes) -> list[Step]:
        body = _body(line)
        message = _message_id(body)
        if message is not None and message not in self._seen:
            self._seen.add(message)
            return self._conversation.steer(self._name("steer"), "more") if self._counted() else []
        told = body.get("response")
        if body.get("type") != "control_response" or not isinstance(told, dict):
            return []
        request, answer = str(told.get("request_id")), told.get("response")
        if not isinstance(answer, dict):
            return []
        if "behavior" in answer:
            approve = answer["behavior"] == "allow"
            name = self._name("answer")
            return self._conversation.answer(name, request, approve=approve, note="")
        if "still_queued" in answer:
            return self._conversation.interrupt(self._name("interrupt"))
        return []

    def _counted(self) -> bool:
        """Count a message; the first one is the prompt."""
        self._messages += 1
        return self._messages > 1

    def _name(self, kind: str) -> str:
        self._counts[kind] += 1
        return f"{kind}-{self._counts[kind]}"


def _message_ids(lines: Sequence[bytes]) -> Iterator[str]:
    seen: set[str] = set()
    for line in lines:
        message = _message_id(_body(line))
        if message is not None and message not in seen:
            seen.add(message)
            yield message


def _message_id(body: Mapping[str, Any]) -> str | None:
    """Return the message whose way through the program *body* tells of."""
    if body.get("type") == "command_lifecycle":
        return str(body.get("command_uuid"))
    return str(body.get("uuid")) if body.get("isReplay") is True else None


def _body(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
