"""Watch the base: freeze landing when it turns red, find who is to blame, offer to take it back.

What is to be done follows from the record, the refs and the known results each time, so a killed
process leaves nothing behind but runs to repeat.
"""

from dataclasses import replace

from darkfactory.domain.change import CloseAs, HarnessVerdict
from darkfactory.domain.lane import Lane
from darkfactory.gate.blame import Course, Do, Step, advise
from darkfactory.gate.hold import Hold, tellers
from darkfactory.gate.record import OPEN, Change
from darkfactory.gate.revert import conflicts_of_revert, propose_revert, revert_item
from darkfactory.gate.room import GateRoom

_FARTHEST = 256
_SHORT = 12
_TELLS = (HarnessVerdict.PASS, HarnessVerdict.FAIL)


class Guard:
    """Looks at the base of one gate; call it with the gate's lock held. For one thread to use."""

    def __init__(self, room: GateRoom) -> None:
        self._room = room
        self._sights = {name: _Sight(room, lane) for name, lane in tellers(room.settings).items()}

    def look(self) -> None:
        """Do whatever is to be done about the base as it is now; one that nobody tested is let be.

        Raises:
            HarnessNotConfinable: If the harness may not run here.
            GitFailed: If the hub cannot be read.
        """
        self._room.refresh()
        tip = self._room.hub.commit(self._room.hub.base_ref)
        for sight in self._sights.values():
            while self._tells(sight) and (step := sight.advise(tip)).do is not Do.NOTHING:
                self._take(sight, tip, step)
        hold = self._room.changes.hold
        if hold is not None and hold.revert:
            propose_revert(self._room, hold)

    def _tells(self, sight: "_Sight") -> bool:
        """Tell whether *sight* has a say: of a base that is held, the one which found it red."""
        hold = self._room.changes.hold
        return hold is None or self._sights.get(hold.harness, self._sights[""]) is sight

    def _take(self, sight: "_Sight", tip: str, step: Step) -> None:
        match step.do:
            case Do.TEST | Do.AGAIN:
                sight.run(step.commit, again=step.do is Do.AGAIN)
            case Do.FREEZE:
                self._tell(sight.freeze(tip))
            case Do.BLAME | Do.GIVE_UP:
                self._blame(step)
            case Do.THAW:
                self._thaw(tip)

    def _blame(self, step: Step) -> None:
        hold = self._room.changes.hold
        if hold is None:
            raise LookupError("nobody is blamed for a base that is not held")
        told = replace(hold, searched=True, why=step.why)
        self._tell(self._culprit(told, step.commit) if step.commit else told)

    def _culprit(self, hold: Hold, commit: str) -> Hold:
        """Return *hold* with what is known of who made the base red."""
        hub = self._room.hub
        landed = self._landed_as(commit)
        told = ("--no-mailmap", "--encoding=UTF-8", "--format=%an%n%s")
        shown = hub.git("show", "-s", *told, commit)
        author, _, subject = shown.stdout.decode("utf-8", "replace").strip().partition("\n")
        conflicts = conflicts_of_revert(self._room, commit)
        return replace(
            hold,
            culprit=commit,
            change=landed.id if landed else "",
            author=author,
            subject=subject,
            revert="" if conflicts else revert_item(commit, landed),
            conflicts=conflicts,
        )

    def _landed_as(self, commit: str) -> Change | None:
        changes = self._room.changes
        return next((one for one in changes if one.landing.get("commit") == commit), None)

    def _tell(self, hold: Hold) -> None:
        self._room.record("gate.frozen", hold.data())

    def _thaw(self, tip: str) -> None:
        """Let landing go on; the revert that nobody needs any more is closed first."""
        hold, room = self._room.changes.hold, self._room
        change = room.changes.of_item(hold.revert) if hold is not None and hold.revert else None
        if change is not None and change.state in OPEN:
            text = f"{room.hub.base} is green again without it"
            room.say("closed", change, {"by": "gate", "reason": CloseAs.NOT_PLANNED, "text": text})
        room.record("gate.frozen", {"reason": None, "base": tip, "by": "gate"})


class _Sight:
    """What one harness says of the base and how it came there: that of *lane*, None for all."""

    def __init__(self, room: GateRoom, lane: Lane | None) -> None:
        self._room = room
        self._lane = lane
        self._again: set[str] = set()
        self._silent: set[str] = set()
        self._lines: dict[str, tuple[tuple[str, ...], int]] = {}

    def advise(self, tip: str) -> Step:
        """Return the next step about the base, which is at *tip*."""
        changes = self._room.changes
        hold, verdict = changes.hold, self._green(tip)
        commits: tuple[str, ...] = (tip,)
        start = 0
        if hold is not None and not hold.searched:
            commits, start = self._line(hold.base, hold.green)
        elif hold is None and verdict is False:
            commits, start = self._line(tip)
        known = {commit: self._green(commit) for commit in {*commits, tip}}
        return advise(
            Course(
                tip,
                commits,
                start,
                green={commit: green for commit, green in known.items() if green is not None},
                again=self._again,
                silent=self._silent,
                held=hold is not None,
                searched=hold is not None and hold.searched,
                accepted=changes.accepted,
            )
        )

    def run(self, commit: str, *, again: bool) -> None:
        """Test *commit*, *again* where something is known of it."""
        base = self._room.hub.base
        once_more = " once more" if again else ""
        self._room.note(f"{base} may be red: testing {commit[:_SHORT]}{once_more}")
        test = self._room.test.until(lambda: False, again=True) if again else self._room.test
        if test(commit, self._lane).result not in _TELLS:
            self._silent.add(commit)
        elif again:
            self._again.add(commit)

    def freeze(self, tip: str) -> Hold:
        """Return that *tip* is red, after it was green."""
        result = self._room.test.known(tip, self._lane)
        failing = result.failing if result is not None else ()
        line, start = self._line(tip)
        own = (self._lane and self._lane.harness) or ""
        return Hold(self._room.hub.base, tip, line[start], tuple(failing), harness=own)

    def _line(self, tip: str, green: str = "") -> tuple[tuple[str, ...], int]:
        """Return the first parents up to *tip*, and the place of the last one that was green.

        That is *green*, where it is named. Just *tip* if there is none.
        """
        if tip not in self._lines:
            line = self._room.hub.first_parents(tip, at_most=_FARTHEST)
            found = (at for at, one in enumerate(line) if one == green)
            if not green:
                found = (at for at, one in enumerate(line) if at and self._green(one))
            back = next(found, None)
            whole = (tuple(reversed(line)), len(line) - 1 - (back or 0))
            self._lines[tip] = ((tip,), 0) if back is None else whole
        return self._lines[tip]

    def _green(self, commit: str) -> bool | None:
        result = self._room.test.known(commit, self._lane)
        return result.green if result is not None else None
