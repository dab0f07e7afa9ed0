"""What Codex asks of its client: who decides it, and how the answer is put."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from darkfactory.agents.told import edits_freely, plain_command
from darkfactory.agents.wire import mapping, text
from darkfactory.domain.lane import Autonomy

COMMAND = "item/commandExecution/requestApproval"
EDIT = "item/fileChange/requestApproval"
PERMISSIONS = "item/permissions/requestApproval"
ELICITATION = "mcpServer/elicitation/request"
_NO: Mapping[str, Mapping[str, Any]] = {
    COMMAND: {"decision": "decline"},
    EDIT: {"decision": "decline"},
    PERMISSIONS: {"permissions": {}, "scope": "turn"},
    ELICITATION: {"action": "decline"},
}
_YES: Mapping[str, Mapping[str, Any]] = {
    COMMAND: {"decision": "accept"},
    EDIT: {"decision": "accept"},
    ELICITATION: {"action": "accept", "content": {}},
}


@dataclass(frozen=True, slots=True)
class Question:
    """Something that waits for an answer.

    *id* is Codex's, *call* the tool call it is about, *kind* that call's, *command* what a person
    reads to decide.
    """

    id: int | str
    method: str
    thread: str
    turn: str
    call: str
    kind: str
    command: str

    @classmethod
    def of(cls, id_: int | str, method: str, params: Mapping[str, Any]) -> "Question | None":
        """Return the question of a request, or None if it is not one that can be answered."""
        if method not in _NO:
            return None
        return cls(
            id_,
            method,
            text(params.get("threadId")),
            text(params.get("turnId")),
            text(params.get("itemId")),
            *_what(method, params),
        )

    def answer(self, *, approve: bool) -> Mapping[str, Any]:
        """Return the answer as Codex wants it; some questions only know no."""
        return _YES.get(self.method, _NO[self.method]) if approve else _NO[self.method]


class Desk:
    """Decides what *autonomy* leaves no choice about, and keeps what waits for a person."""

    def __init__(self, autonomy: Autonomy, workspace: str) -> None:
        self._autonomy = autonomy
        self._workspace = workspace
        self._waiting: dict[str, Question] = {}
        self._count = 0

    def reason_to_decline(
        self, question: Question, params: Mapping[str, Any], paths: Sequence[str]
    ) -> str | None:
        """Return why *question* is declined without asking a person, or None.

        Args:
            paths: The files of an edit.
        """
        if question.kind == "mcp":
            # The servers are those that lanes.yaml names; what they do no sandbox of Codex holds.
            return "an observer uses no MCP tools" if self._observes else None
        if question.method not in (COMMAND, EDIT):
            return "it asks for more than the lane's autonomy gives"
        if self._autonomy is not Autonomy.SUGGEST:
            return f"autonomy {self._autonomy}: nothing may leave the sandbox"
        if question.method == EDIT:
            free = bool(paths) and edits_freely(paths, self._workspace)
            return None if free and not _wants_out(params) else "it edits more than the workspace"
        return "it asks to leave the sandbox" if _wants_out(params) else None

    def needs_person(self, question: Question) -> bool:
        """Tell whether *question*, which need not be declined, is for a person to answer."""
        return self._autonomy is Autonomy.SUGGEST and question.method != EDIT

    @property
    def _observes(self) -> bool:
        return self._autonomy is Autonomy.OBSERVE

    def wait(self, question: Question) -> str:
        """Keep *question* for a person; return the name of the approval.

        No approval of an earlier process of the session has the same name.
        """
        self._count += 1
        name = f"{question.turn[-8:]}-{self._count}"
        self._waiting[name] = question
        return name

    def take(self, name: str) -> Question | None:
        """Return the question called *name* and forget it, or None if there is none."""
        return self._waiting.pop(name, None)

    def settled(self, id_: Any) -> None:
        """Forget the question that Codex itself says is settled."""
        self._waiting = {name: q for name, q in self._waiting.items() if q.id != id_}

    def close(self, thread: str | None = None) -> list[Question]:
        """Forget and return the questions of *thread* (None: of all)."""
        gone = [name for name, q in self._waiting.items() if thread in (None, q.thread)]
        return [self._waiting.pop(name) for name in gone]


def _what(method: str, params: Mapping[str, Any]) -> tuple[str, str]:
    """Return kind and wording of what a question is about."""
    tool = mapping(params.get("_meta"))
    if method != ELICITATION or tool.get("codex_approval_kind") != "mcp_tool_call":
        return "shell", plain_command(text(params.get("command")))
    name = f"{text(params.get('serverName'))}.{text(tool.get('tool_name'))}"
    given = json.dumps(tool.get("tool_params"), ensure_ascii=False)
    return "mcp", text(f"{name} {given}")


def _wants_out(params: Mapping[str, Any]) -> bool:
    """Tell whether a question is for more than the sandbox gives: only then it has any of these."""
    more = ("reason", "grantRoot", "additionalPermissions", "networkApprovalContext")
    return any(params.get(key) is not None for key in more)
