"""Every way the factory fails that is not a bug, with what to do next.

The tree; a class not named here lives beside the code that raises it:

    FactoryError
    ├── AnswerNo      status 1: everything worked, the answer is no
    ├── UsageError    status 2: asked wrongly (arguments, lanes.yaml, backlog)
    └── NotReady      status 3: the surroundings are not ready (git, agent, lock, disk)
"""

from collections.abc import Collection, Iterable, Sequence
from typing import ClassVar

_LONGEST = 100


class FactoryError(Exception):
    """A failure that a person can act on: *problem* says what, *fix* the next step."""

    code: ClassVar[str] = "factory.error"
    exit_status: ClassVar[int] = 3

    def __init__(self, problem: str, *, fix: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix


class AnswerNo(FactoryError):
    """Everything worked and the answer is no."""

    code = "answer.no"
    exit_status = 1


class UsageError(FactoryError):
    """The command, lanes.yaml or the backlog asks for something that cannot be."""

    code = "usage"
    exit_status = 2


class NotReady(FactoryError):
    """The surroundings lack something: git, an agent program, a lock, disk space."""

    code = "not_ready"
    exit_status = 3


class DiskFull(NotReady):
    """The disk took only part of a write; what it took was removed again."""

    code = "disk.full"

    def __init__(self, path: object) -> None:
        super().__init__(
            f"the disk is full: could not write {path}",
            fix="free some space (`df gc` lists what the factory could give back) or lift the "
            "limit (quota, `ulimit -f`), then run it again",
        )


class UnknownSession(UsageError):
    """No session of that id is known here."""

    code = "session.unknown"

    def __init__(
        self, session: str, known: Iterable[str] = (), *, of_item: Sequence[str] = ()
    ) -> None:
        there = "`df sessions list` names the sessions there are"
        if of_item:
            there = f"that is an item; its sessions: {', '.join(of_item)}"
        super().__init__(f"no session {session!r}", fix=did_you_mean(session, known) + there)


class UnknownLane(UsageError):
    """A name that lanes.yaml does not define."""

    code = "lane.unknown"

    def __init__(self, name: str, known: Collection[str]) -> None:
        super().__init__(
            f"lane {name!r} is not in lanes.yaml",
            fix=f"{did_you_mean(name, known)}use one of: {', '.join(sorted(known))}",
        )


class UnknownAgent(UsageError):
    """An agent that lanes.yaml does not name."""

    code = "agent.unknown"

    def __init__(self, name: str, known: Collection[str]) -> None:
        super().__init__(
            f"agent {name!r} is not in lanes.yaml",
            fix=f"{did_you_mean(name, known)}use one of: {', '.join(sorted(known))}",
        )


class UnknownItem(UsageError):
    """No backlog item of that id."""

    code = "item.unknown"

    def __init__(self, item: str, known: Iterable[str] = ()) -> None:
        super().__init__(
            f"no item {item!r} in the backlog",
            fix=f"{did_you_mean(item, known)}`df triage` lists the items and their ids",
        )


class UnknownChange(UsageError):
    """No change of that id, and no item of that id that has one."""

    code = "change.unknown"

    def __init__(self, change: str, known: Iterable[str] = ()) -> None:
        super().__init__(
            f"no change {change!r} at the gate",
            fix=f"{did_you_mean(change, known)}`df gate list` names the changes",
        )


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the question after the one of *known* that *name* looks like, if there is one.

    Whether letters are large or small makes no difference.
    """
    from difflib import get_close_matches

    shown = {word.casefold(): word for word in known}
    found = get_close_matches(name[:_LONGEST].casefold(), shown, n=1)
    return f"did you mean {shown[found[0]]}? " if found else ""
