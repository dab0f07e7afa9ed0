"""What to do about a base that may have turned red: pure.

Nobody is blamed for a red that a second run does not confirm, nor beside a green that a second run
does not: an older green is looked for then, and where none holds the surroundings have changed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

_SHORT = 12


class Do(StrEnum):
    """One step. ``test`` and ``again`` run the harness on a commit; the others are recorded."""

    NOTHING = "nothing"
    TEST = "test"
    AGAIN = "again"
    FREEZE = "freeze"
    BLAME = "blame"
    GIVE_UP = "give up"
    THAW = "thaw"


@dataclass(frozen=True, slots=True)
class Step:
    """What to *do* with *commit*; *why* nobody is to blame."""

    do: Do
    commit: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """The base at one moment, and how it came there.

    *tip* is the base. *commits* are those it went along (first parents) to the one found red, the
    last one known to be green at the place *start*; just the base where there is none. *green* says
    of a commit whether it is; *again* was run anew since somebody looks, *silent* told nothing.
    *held*: landing is frozen for this red base; *searched*: and who is to blame was told.
    *accepted* is a red base that a person has thawed.
    """

    tip: str
    commits: Sequence[str]
    start: int = 0
    green: Mapping[str, bool] = field(default_factory=dict)
    again: Collection[str] = ()
    silent: Collection[str] = ()
    held: bool = False
    searched: bool = False
    accepted: str = ""


def advise(course: Course) -> Step:
    """Return the next step about the base.

    A base that was never known to be green is left to who lands on it, and so is one that a person
    has thawed, until it was green again.
    """
    if course.held:
        return _held(course)
    verdict = course.green.get(course.tip)
    since = course.commits[course.start :]
    seen = len(since) > 1 and course.accepted not in since[1:]
    if verdict is not False or not seen or course.tip in course.silent:
        return Step(Do.NOTHING)
    return Step(Do.FREEZE if course.tip in course.again else Do.AGAIN, course.tip)


def _held(course: Course) -> Step:
    verdict = course.green.get(course.tip)
    if verdict:
        return Step(Do.THAW, course.tip)
    if verdict is None and course.tip not in course.silent:
        return Step(Do.TEST, course.tip)
    return Step(Do.NOTHING) if course.searched else _search(course)


def _search(course: Course) -> Step:
    """Look for the first red commit behind a green one; at most log2 of them are tested."""
    commits, green = course.commits, _trusted(course)
    if len(commits) < 2:  # noqa: PLR2004 - the base alone
        return Step(Do.GIVE_UP, why="no commit before it is known to be green any more")
    if green.get(commits[-1]):
        return Step(Do.GIVE_UP, why=f"{commits[-1][:_SHORT]} passes now")
    low = _low(course, green)
    if low is None:
        first = commits[course.start]
        return Step(Do.GIVE_UP, why=f"{first[:_SHORT]} was green and fails now, unchanged")
    return _halve(course, green, low)


def _halve(course: Course, green: Mapping[str, bool], low: int) -> Step:
    """Test the middle between the green place *low* and the red end, then confirm both sides."""
    commits, high = course.commits, len(course.commits) - 1
    if commits[low] not in green:
        return _run(course, commits[low])
    while high - low > 1:
        middle = (low + high) // 2
        if commits[middle] not in green:
            return _run(course, commits[middle])
        low, high = (middle, high) if green[commits[middle]] else (low, middle)
    for commit in (commits[high], commits[low]):
        if commit not in course.again:
            return _run(course, commit)
    return Step(Do.BLAME, commits[high])


def _trusted(course: Course) -> Mapping[str, bool]:
    """Return what is known; no green from before where the last one does not hold any more."""
    if course.green.get(course.commits[course.start]) is not False:
        return course.green
    known = course.green.items()
    return {commit: green for commit, green in known if not green or commit in course.again}


def _low(course: Course, green: Mapping[str, bool]) -> int | None:
    """Return the place to search from: the last green, or an older one that is to be asked again.

    Each is twice as far back as the one before. None: all of them fail now.
    """
    places = [course.start]
    while places[-1] > 0:
        places.append(max(0, course.start - 2 ** (len(places) - 1)))
    hopeful = (place for place in places if green.get(course.commits[place]) is not False)
    return next(hopeful, None)


def _run(course: Course, commit: str) -> Step:
    if commit in course.silent:
        return Step(Do.GIVE_UP, why=f"the harness did not end on {commit[:_SHORT]}")
    return Step(Do.AGAIN if commit in course.green else Do.TEST, commit)
