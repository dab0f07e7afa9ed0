"""A verdict as another program or a page gives it: untrusted values in, what the gate did out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from darkfactory.domain.change import CloseAs
from darkfactory.errors import AnswerNo, UsageError
from darkfactory.factory.line import Line, open_line
from darkfactory.factory.review_gate import approve_changes
from darkfactory.factory.show_gate import known_change, show_change

if TYPE_CHECKING:  # a server that nobody judges at loads no diff
    from darkfactory.gate.comments import Comment
    from darkfactory.gate.readers import Reading

_WORDS = ("approve", "rework", "reimplement", "close", "defer", "undo")
_SAID = {"rework": "rework", "reimplement": "closed", "close": "closed", "defer": "deferred"}
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
        self.warnings = tuple(warnings)
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

    def facts(self, change: str) -> Mapping[str, Any]:
        """Return *change* for its reviewer without its diff, and what waits besides.

        Raises:
            UnknownChange: If there is no such change.
        """
        from darkfactory.factory.review import Review
        from darkfactory.factory.review_json import facts_json

        line = open_line(self.root)
        review = Review(line, self.person)
        opened = review.facts(change)
        lane = line.settings.lane(str(opened.change["lane"]))
        batches = lane is not None and lane.batch is not None
        return {"version": 1, **facts_json(opened, review.waiting()), "batches": batches}

    def diff(self, change: str) -> Mapping[str, Any]:
        """Return the diff of *change* as its reviewer reads it, and what of it is new to them.

        Raises:
            UnknownChange: If there is no such change.
        """
        from darkfactory.factory.review import Review
        from darkfactory.factory.review_json import diff_json

        return {"version": 1, **diff_json(Review(open_line(self.root), self.person).open(change))}

    def look(self, change: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Record that the person has the revision of *change* before them that *told* names.

        Raises:
            BadVerdict: If it names none.
            UnknownChange: If there is no such change.
            Moved: If the change has another head by now.
        """
        from darkfactory.factory.since_last import mark_looked
        from darkfactory.gate.verdicts import check_read

        line, head = open_line(self.root), _heads(told)
        if not head:
            raise BadVerdict("a look names the head that is on the screen")
        found = known_change(line, change)
        check_read(found, head)
        mark_looked(line, found, self.person)
        return {"version": 1, "change": found.id, "revision": found.revision}

    def doubts(self, change: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a yes to *change*, read as *told*, wants confirmed, or nothing of it.

        *reason* names the rules that it breaks: such a yes has to say why, in its text.

        Raises:
            BadReading: If it tells of a reading, or of comments, that make no sense.
            UnknownChange: If there is no such change.
            Moved: If the change has another head than the one told.
        """
        from darkfactory.factory.review_gate import warnings_before
        from darkfactory.gate.warned import wants_reason

        line = open_line(self.root)
        room = line.gate()
        found = room.find(known_change(line, change).id)
        warnings, wants_yes = warnings_before(room, [found], self._reading(line, found.id, told))
        reason = wants_reason(found)
        return {"version": 1, "warnings": warnings, "confirm": wants_yes, "reason": reason}

    def batch(self, change: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what one yes to the lane of *change* would cover, or say it to the batch *told*.

        Raises:
            UnknownChange: If there is no such change.
            NoBatches: If its lane does not allow it.
            NotOpened: If something that was drawn was not opened.
            BatchMoved: If the lane's batch is another one now; then nothing is approved.
        """
        from darkfactory.factory.batch import approve_batch, land_batch, offer_batch

        line, batch = open_line(self.root), _text(told, "batch")
        lane = known_change(line, change).lane
        if not batch:
            return {"version": 1, **offer_batch(line, lane, by=self.person, tests=False).told()}
        approved = approve_batch(line, lane, by=self.person, batch=batch)
        return {"version": 1, **land_batch(line, approved)}

    def judge(self, change: str, verdict: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what *verdict* says to *change*; return what the command of it prints.

        Raises:
            BadVerdict: If it says nothing that can be done.
            BadReading: If it tells of a reading, or of comments, that make no sense.
            NotConfirmed: If it approves what wants a confirmation, without one.
            NoReason: If it approves what breaks rules that the gate enforces, without a text.
            UnknownChange: If there is no such change.
            Moved: If the change has another head than the verdict's.
            NotAtTheGate: If the change does not wait for that verdict.
        """
        word = verdict.get("verdict")
        if word not in _WORDS:
            raise BadVerdict(f"{word!r:.80} is no verdict")
        line = open_line(self.root)
        if word == "undo":
            return {"version": 1, **self._undo(line, change)}
        name = known_change(line, change).id
        judge = self._approve if word == "approve" else self._put
        done = judge(line, name, verdict)
        return {"version": 1, **done, **self._told_after(line, name)}

    def _approve(self, line: Line, name: str, verdict: Mapping[str, Any]) -> dict[str, Any]:
        confirmed, reading = verdict.get("confirm") is True, self._reading(line, name, verdict)

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
            reading=reading,
        )

    def _put(self, line: Line, name: str, verdict: Mapping[str, Any]) -> dict[str, Any]:
        from darkfactory.gate.verdicts import check_read, close, defer, rework

        room, text, by = line.gate(), _text(verdict, "text"), self.person
        change, word = room.find(name), str(verdict["verdict"])
        check_read(change, _heads(verdict))
        reading = self._reading(line, name, verdict)
        match word:
            case "rework":
                said, places = _comments(verdict), _places(verdict.get("at") or [])
                rework(
                    room,
                    change,
                    by=by,
                    text=text,
                    places=places,
                    comments=said,
                    reading=reading,
                )
            case "defer":
                defer(room, change, by=by, until=_text(verdict, "until"), reading=reading)
            case _:
                close_as = _close_as(verdict) if word == "close" else CloseAs.REIMPLEMENT
                close(room, change, by=by, close_as=close_as, text=text, reading=reading)
        return {"change": change.id, "verdict": _SAID[word]}

    def _undo(self, line: Line, name: str) -> dict[str, Any]:
        from darkfactory.factory.batch import undo

        return undo(line, [name], by=self.person)

    def _reading(self, line: Line, name: str, verdict: Mapping[str, Any]) -> "Reading | None":
        """Return how the change was read, None where the verdict does not tell."""
        if verdict.get("reading") is None:
            return None
        from darkfactory.factory.review import Review
        from darkfactory.factory.told_reading import told_reading
        from darkfactory.gate.verdicts import check_read

        check_read(known_change(line, name), _heads(verdict))
        opened = Review(line, self.person).open(name)
        return told_reading(verdict["reading"], opened, len(_comments(verdict)))

    def _told_after(self, line: Line, name: str) -> dict[str, Any]:
        """Return what one who has judged is told: of a drill, and of their last verdicts."""
        from darkfactory.factory.review import Review
        from darkfactory.gate.drilled import drill_words

        stamps = Review(line, self.person).stamps()
        return {"drill": drill_words(known_change(line, name)), "stamps": stamps}


def _comments(verdict: Mapping[str, Any]) -> "tuple[Comment, ...]":
    from darkfactory.factory.told_reading import told_comments

    return told_comments(verdict.get("comments") or [])


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
