"""A verdict as another program or a page gives it: untrusted values in, what the gate did out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from darkfactory.domain.change import CloseAs
from darkfactory.errors import AnswerNo, UsageError
from darkfactory.factory.line import Line, open_line
from darkfactory.factory.review_gate import approve_changes
from darkfactory.factory.show_gate import show_change

_WORDS = ("approve", "rework", "close", "defer")
_SAID = {"rework": "rework", "close": "closed", "defer": "deferred"}
_MOST_DIGITS = 9


class BadVerdict(UsageError):
    """A verdict that says nothing that can be done."""

    code = "gate.verdict"

    def __init__(self, problem: str) -> None:
        super().__init__(problem, fix=f"verdict is one of {', '.join(_WORDS)}: see docs/server.md")


class NotConfirmed(AnswerNo):
    """A change that its reviewer is to be warned of before it lands."""

    code = "gate.not_confirmed"

    def __init__(self, change: str, warnings: Sequence[str]) -> None:
        super().__init__(
            f"{change} lands only once its warnings are confirmed: {'; '.join(warnings)}",
            fix='read them, then approve it again with "confirm": true',
        )


@dataclass(frozen=True, slots=True)
class PersonsGate:
    """The gate of the factory in *root*, where *person* judges."""

    root: Path
    person: str

    def show(self, change: str) -> Mapping[str, Any]:
        """Return what ``df gate show --json`` prints of *change*.

        Raises:
            UnknownChange: If there is no such change.
        """
        return {"version": 1, **show_change(open_line(self.root), change)}

    def judge(self, change: str, verdict: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what *verdict* says to *change*; return what the command of it prints.

        Raises:
            BadVerdict: If it says nothing that can be done.
            NotConfirmed: If it approves what wants a confirmation, without one.
            UnknownChange: If there is no such change.
            Moved: If the change has another head than the verdict's.
            NotAtTheGate: If the change does not wait for that verdict.
        """
        word = verdict.get("verdict")
        if word not in _WORDS:
            raise BadVerdict(f"{word!r:.80} is no verdict")
        line = open_line(self.root)
        if word == "approve":
            return {"version": 1, **self._approve(line, change, verdict)}
        return {"version": 1, **self._put(line, change, str(word), verdict)}

    def _approve(self, line: Line, name: str, verdict: Mapping[str, Any]) -> dict[str, Any]:
        confirmed = verdict.get("confirm") is True

        def ask(warnings: Sequence[str], grave: bool) -> bool:  # noqa: FBT001 - a callback
            if grave and not confirmed:
                raise NotConfirmed(name, warnings)
            return True

        return approve_changes(
            line,
            [name],
            by=self.person,
            text=_text(verdict, "text"),
            taste=_taste(verdict.get("taste") or {}),
            ask=ask,
            read=_heads(verdict),
        )

    def _put(self, line: Line, name: str, word: str, verdict: Mapping[str, Any]) -> dict[str, Any]:
        from darkfactory.gate.verdicts import check_read, close, defer, rework

        room, text, by = line.gate(), _text(verdict, "text"), self.person
        change = room.find(name)
        check_read(change, _heads(verdict))
        match word:
            case "rework":
                rework(room, change, by=by, text=text, places=_places(verdict.get("at") or []))
            case "close":
                close(room, change, by=by, close_as=_close_as(verdict), text=text)
            case _:
                defer(room, change, by=by, until=_text(verdict, "until"))
        return {"change": change.id, "verdict": _SAID[word]}


def _text(verdict: Mapping[str, Any], key: str) -> str:
    value = verdict.get(key) or ""
    if not isinstance(value, str):
        raise BadVerdict(f"{key} is a text, not {value!r:.80}")
    return value


def _heads(verdict: Mapping[str, Any]) -> tuple[str, ...]:
    head = _text(verdict, "head")
    return (head,) if head else ()


def _close_as(verdict: Mapping[str, Any]) -> CloseAs:
    reason = _text(verdict, "as")
    if reason not in set(CloseAs):
        raise BadVerdict(f"a change is closed as {', '.join(CloseAs)}, not {reason!r:.80}")
    return CloseAs(reason)


def _places(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(place, str) for place in value):
        raise BadVerdict("at is a list of PATH:LINE")
    return tuple(value)


def _taste(value: Any) -> dict[int, bool]:
    """Return the answers to taste lines by their number; JSON has numbers as texts for keys."""
    if not isinstance(value, dict):
        raise BadVerdict("taste is an object of answers by the number of their line")
    numbered = all(key.isascii() and key.isdecimal() for key in value)
    if not numbered or any(len(key) > _MOST_DIGITS for key in value):
        raise BadVerdict("taste is answered by the numbers of its lines")
    if not all(isinstance(answer, bool) for answer in value.values()):
        raise BadVerdict('taste holds numbers of lines with true or false: {"1": true}')
    return {int(key): answer for key, answer in value.items()}
