"""What an agent asks leave for: what the lane's autonomy decides, and what a person does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from darkfactory.agents.told import CallStart, edits_freely
from darkfactory.agents.wire import mapping, sequence, text
from darkfactory.domain.lane import Autonomy

CANCELLED: Mapping[str, Any] = {"outcome": {"outcome": "cancelled"}}
_READING = ("read", "search")
_EDITING = ("edit", "write")


@dataclass(frozen=True, slots=True)
class Question:
    """A request for leave: *id* is the agent's, *call* the tool call it is about.

    *once*, *always* and *no* are the options that allow this call, allow more than it, and deny it;
    empty where the agent offers none.
    """

    id: int | str
    call: str
    what: CallStart
    switches_mode: bool
    once: str = ""
    always: str = ""
    no: str = ""

    @classmethod
    def of(cls, id_: int | str, params: Mapping[str, Any], what: CallStart) -> "Question":
        """Return the question of a request's *params* about the call *what*."""
        call = mapping(params.get("toolCall"))
        options = [mapping(option) for option in sequence(params.get("options"))]
        found = {text(each.get("kind")): text(each.get("optionId")) for each in reversed(options)}
        return cls(
            id_,
            text(call.get("toolCallId")),
            what,
            call.get("kind") == "switch_mode",
            found.get("allow_once", ""),
            found.get("allow_always", ""),
            found.get("reject_once") or found.get("reject_always", ""),
        )

    def yes(self, *, lasting: bool) -> Mapping[str, Any] | None:
        """Return the answer that allows it, or None if there is none.

        Args:
            lasting: Whether an option that allows later calls as well will do.
        """
        option = self.once or (self.always if lasting else "")
        return _selected(option) if option else None

    def denial(self) -> Mapping[str, Any]:
        """Return the answer that denies it."""
        return _selected(self.no) if self.no else CANCELLED


class Desk:
    """Decides what *autonomy* leaves no choice about, and keeps what waits for a person.

    Args:
        epoch: The number of the session's run: no approval of an earlier one has the same name.
    """

    def __init__(self, autonomy: Autonomy, workspace: str, *, epoch: int) -> None:
        self._autonomy = autonomy
        self._workspace = workspace
        self._epoch = epoch
        self._waiting: dict[str, Question] = {}
        self._count = 0

    @property
    def suggests(self) -> bool:
        """Whether each command needs a person's approval, for this one time."""
        return self._autonomy is Autonomy.SUGGEST

    def reason_to_deny(self, question: Question) -> str | None:
        """Return why *question* is denied without asking a person, or None."""
        what = question.what
        if self._autonomy is Autonomy.OBSERVE:
            return None if what.kind in _READING else "an observer only reads"
        if not self.suggests:
            return None
        if question.switches_mode:
            return "in another mode it might not ask before each command"
        if what.kind in _EDITING and not self._is_free(what.paths):
            return "it edits more than the workspace"
        return None if question.once else "it cannot be allowed for this one time"

    def needs_person(self, question: Question) -> bool:
        """Tell whether *question*, which need not be denied, is for a person to answer."""
        return self.suggests and question.what.kind not in (*_READING, *_EDITING)

    def wait(self, question: Question) -> str:
        """Keep *question* for a person; return the name of the approval."""
        self._count += 1
        name = f"{self._epoch}-{self._count}"
        self._waiting[name] = question
        return name

    def take(self, name: str) -> Question | None:
        """Return the question called *name* and forget it, or None if there is none."""
        return self._waiting.pop(name, None)

    def settled(self, id_: Any) -> None:
        """Forget the question that the agent itself took back."""
        self._waiting = {name: q for name, q in self._waiting.items() if q.id != id_}

    def close(self) -> list[Question]:
        """Forget and return every question that waits."""
        waiting, self._waiting = list(self._waiting.values()), {}
        return waiting

    def _is_free(self, paths: Sequence[str]) -> bool:
        return bool(paths) and edits_freely(paths, self._workspace)


def _selected(option: str) -> Mapping[str, Any]:
    return {"outcome": {"outcome": "selected", "optionId": option}}
