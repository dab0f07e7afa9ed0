"""Play what an agent of the Agent Client Protocol says to its conversation.

``acp-….jsonl`` under tests/unit/agents/transcripts are turns of the real programs against a
scripted model, their standard output only; ids are as the adapter numbers its requests.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from darkfactory.agents.acp import ADAPTER
from darkfactory.agents.acp.known import ASKING
from tests.fakes.codex_transcripts import Replay, line_of

FOLDER = Path(__file__).resolve().parent.parent / "unit" / "agents" / "transcripts"
WORKSPACE = "/run/repo"
SESSION = "session-1"
ASKS = ASKING[0].says
OPTIONS = [
    {"optionId": "always", "name": "Always", "kind": "allow_always"},
    {"optionId": "once", "name": "Yes", "kind": "allow_once"},
    {"optionId": "no", "name": "No", "kind": "reject_once"},
]


class AcpReplay(Replay):
    """What the conversation made of what it heard."""

    @property
    def replies(self) -> dict[Any, Mapping[str, Any]]:
        """Our answers to what the agent asked, by its id."""
        return {one["id"]: one for one in self.sent if "method" not in one}

    @property
    def methods(self) -> list[str]:
        """The methods that were sent, in order."""
        return [one["method"] for one in self.sent if "method" in one]

    def update(self, kind: str, /, *, session: str = SESSION, **told: Any) -> None:
        """Hear an update of the session."""
        params = {"sessionId": session, "update": {"sessionUpdate": kind, **told}}
        self.hear(line_of({"jsonrpc": "2.0", "method": "session/update", "params": params}))

    def say(self, words: str, message: str = "m-1") -> None:
        """Hear words of the agent."""
        content = {"type": "text", "text": words}
        self.update("agent_message_chunk", content=content, messageId=message)

    def ask_leave(self, id_: Any, /, *, options: Any = None, **call: Any) -> None:
        """Hear that the agent asks leave for *call*."""
        told = {"toolCallId": "call-1", "title": "a call", **call}
        offered = OPTIONS if options is None else options
        params = {"sessionId": SESSION, "toolCall": told, "options": offered}
        self.hear(line_of({"id": id_, "method": "session/request_permission", "params": params}))

    def end_turn(self, reason: Any = "end_turn", **more: Any) -> None:
        """Hear that the newest turn is over."""
        prompts = [one["id"] for one in self.sent if one.get("method") == "session/prompt"]
        self.hear(line_of({"id": prompts[-1], "result": {"stopReason": reason, **more}}))

    def answer_to(self, id_: int, /, **result: Any) -> None:
        """Hear the answer to our request number *id_*."""
        self.hear(line_of({"id": id_, "result": result}))

    def fail(self, **error: Any) -> None:
        """Hear that our newest request failed with *error*."""
        self.hear(line_of({"id": self._newest(), "error": error}))

    def outcome(self, id_: Any) -> Any:
        """Return what we chose when the agent asked leave by *id_*."""
        told = self.replies[id_]["result"]["outcome"]
        return told.get("optionId", told["outcome"])


def started(**spec: Any) -> AcpReplay:
    """Return a conversation that has said hello."""
    whole = {"workspace": WORKSPACE, "prompt": "# ITEM-1: fix\n", "autonomy": "propose", **spec}
    made = AcpReplay(ADAPTER.converse(whole))
    made.steps += made.conversation.open(trigger="resume" if "resume" in spec else "start")
    return made


def introduced(*, name: str = "an-agent", steers: bool = False, can: Any = None) -> dict[str, Any]:
    """Return an agent's answer to hello."""
    return {
        "protocolVersion": 1,
        "agentInfo": {"name": name, "version": "7.1"},
        "agentCapabilities": {"loadSession": True} if can is None else can,
        "_meta": {"steering": {"supported": steers}},
    }


def working(*, name: str = "an-agent", steers: bool = False, **spec: Any) -> AcpReplay:
    """Return a conversation whose first turn runs."""
    made = started(**spec)
    made.reply(**introduced(name=name, steers=steers))
    made.reply(sessionId=SESSION, modes={"currentModeId": "default"})
    return made


def lines_of(name: str) -> list[bytes]:
    """Return the lines of recording *name*."""
    return (FOLDER / f"acp-{name}.jsonl").read_bytes().splitlines()


def recorded(name: str) -> AcpReplay:
    """Return what the conversation made of recording *name*."""
    made = started()
    made.hear(*lines_of(name))
    return made
