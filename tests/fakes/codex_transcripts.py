"""Play recorded or made-up output of ``codex app-server`` to its conversation.

The recordings under tests/unit/agents/transcripts (``codex-….jsonl``) are standard output of the
real program, version 0.169.0, started by the adapter in ``/run/lab`` against a scripted model. A
line ``{"wish": …}`` stands where a person steered, interrupted or answered. Names that end in
``-code`` were made with a model that writes code which calls tools; of raw messages, which repeat
the program's own instructions, the text was left out.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from darkfactory.agents.codex import ADAPTER
from darkfactory.agents.protocol import Applied, Conversation, Emit, Native, Refused, Send, Step

FOLDER = Path(__file__).resolve().parent.parent / "unit" / "agents" / "transcripts"
NAMES = sorted(path.stem.removeprefix("codex-") for path in FOLDER.glob("codex-*.jsonl"))
WORKSPACE = "/run/lab/ws"
THREAD = "thread-1"
TURN = "turn-1"
_AUTONOMY = {
    "suggest": "suggest",
    "suggest-code": "suggest",
    "mcp-suggest": "suggest",
    "observe-code": "observe",
}
_POLICY = {"suggest": "untrusted"}


def lines_of(name: str) -> list[bytes]:
    """Return the lines of recording *name*."""
    return (FOLDER / f"codex-{name}.jsonl").read_bytes().splitlines()


def spec_of(name: str) -> dict[str, Any]:
    """Return the spec that recording *name* was made with."""
    made: dict[str, Any] = {"workspace": WORKSPACE, "agent": "codex", "prompt": "# ITEM-1: fix\n"}
    made["autonomy"] = _AUTONOMY.get(name, "propose")
    if name.startswith("resume"):
        made |= {"prompt": "Go on.", "resume": "of-then", "total_before": 1050}
    return made


@dataclass
class Replay:
    """What a conversation made of what it heard."""

    conversation: Conversation
    steps: list[Step] = field(default_factory=list)
    controls: int = 0

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
    def sent(self) -> list[dict[str, Any]]:
        return [json.loads(step.line) for step in self.steps if isinstance(step, Send)]

    def asked(self, method: str) -> list[dict[str, Any]]:
        """Return the params of the requests of *method* that were sent."""
        return [message["params"] for message in self.sent if message.get("method") == method]

    def of(self, *types: str) -> list[Mapping[str, Any]]:
        """Return the data of the events of *types*."""
        return [event.data for event in self.events if event.type in types]

    def only(self, type_: str) -> Mapping[str, Any]:
        """Return the data of the one event of *type_*."""
        (data,) = self.of(type_)
        return data

    def types(self) -> list[str]:
        return [event.type for event in self.events]

    def hear(self, *lines: bytes) -> None:
        """Play *lines*, and the wishes among them."""
        for line in lines:
            wish = _wish(line)
            self.steps += self.conversation.hear(line) if wish is None else self._do(wish)

    def note(self, method: str, **params: Any) -> None:
        """Hear a notification about the main thread's turn, unless *params* say otherwise."""
        about = {"threadId": THREAD, "turnId": TURN, **params}
        self.hear(line_of({"method": method, "params": about}))

    def ask(self, id_: Any, method: str, **params: Any) -> None:
        """Hear a request of the program."""
        about = {"threadId": THREAD, "turnId": TURN, **params}
        self.hear(line_of({"id": id_, "method": method, "params": about}))

    def reply(self, **result: Any) -> None:
        """Hear the answer to the newest request that was sent."""
        self.hear(line_of({"id": self._newest(), "result": result}))

    def refuse(self, reason: str) -> None:
        """Hear that the newest request that was sent is refused."""
        error = {"code": -32600, "message": reason}
        self.hear(line_of({"id": self._newest(), "error": error}))

    def steer(self, text: str) -> str:
        control = self._control("steer")
        self.steps += self.conversation.steer(control, text)
        return control

    def interrupt(self) -> str:
        control = self._control("interrupt")
        self.steps += self.conversation.interrupt(control)
        return control

    def answer(self, request: str, *, approve: bool, note: str = "") -> str:
        control = self._control("answer")
        self.steps += self.conversation.answer(control, request, approve=approve, note=note)
        return control

    def end(self, exit_code: int | None = 0, signal: int | None = None) -> None:
        self.steps += self.conversation.ended(exit_code, signal)

    def _do(self, wish: Mapping[str, Any]) -> list[Step]:
        if "steer" in wish:
            self.steer(str(wish["steer"]))
        elif "interrupt" in wish:
            self.interrupt()
        else:
            self.answer(wish["answer"], approve=wish["approve"], note=wish["note"])
        return []

    def _control(self, kind: str) -> str:
        self.controls += 1
        return f"{kind}-{self.controls}"

    def _newest(self) -> int:
        return max(
            int(message["id"]) for message in self.sent if "method" in message and "id" in message
        )


def replay(
    recording: str | Sequence[bytes],
    *,
    spec: Mapping[str, Any] | None = None,
    exit_code: int | None = 0,
    signal: int | None = None,
) -> Replay:
    """Return what a conversation makes of *recording*, from its first step to the program's end.

    Controls are named ``steer-1``, ``interrupt-2`` and so on in the order in which they came.
    """
    name = recording if isinstance(recording, str) else ""
    lines = lines_of(recording) if isinstance(recording, str) else recording
    made = opened({**spec_of(name), **(spec or {})})
    made.hear(*lines)
    made.end(exit_code, signal)
    return made


def opened(spec: Mapping[str, Any]) -> Replay:
    """Return a conversation that has said its first words."""
    conversation = ADAPTER.converse(spec)
    trigger = "resume" if spec.get("resume") else "start"
    return Replay(conversation, [*conversation.open(trigger=trigger)])


def working(autonomy: str = "propose", **spec: Any) -> Replay:
    """Return a conversation whose first turn runs."""
    made = opened({**spec_of(""), "autonomy": autonomy, **spec})
    made.reply(userAgent="darkfactory/0.169.0 (Debian)")
    made.reply(exitCode=0, stdout="", stderr="")
    made.reply(**thread_of(autonomy))
    made.reply(turn={"id": TURN})
    made.note("turn/started", turn={"id": TURN})
    return made


def thread_of(autonomy: str = "propose", **changed: Any) -> dict[str, Any]:
    """Return the answer to a thread's start, held as *autonomy* needs it, but for *changed*."""
    sandbox = "readOnly" if autonomy == "observe" else "workspaceWrite"
    return {
        "thread": {"id": THREAD},
        "model": "a-model",
        "approvalPolicy": _POLICY.get(autonomy, "on-request"),
        "activePermissionProfile": {"id": "darkfactory"},
        "sandbox": {"type": sandbox, "networkAccess": False},
        **changed,
    }


def command(id_: str, text: str = "ls", status: str = "inProgress", **more: Any) -> dict[str, Any]:
    """Return the item of a shell command."""
    return {"type": "commandExecution", "id": id_, "command": text, "status": status, **more}


def line_of(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message).encode()


def _wish(line: bytes) -> Mapping[str, Any] | None:
    if not line.startswith(b'{"wish"'):
        return None
    found: Mapping[str, Any] = json.loads(line)["wish"]
    return found
