"""Why nothing lands but what mends the base: it was green, it is red, and who made it so."""

from dataclasses import dataclass
from typing import Any

from darkfactory.domain.counting import listed
from darkfactory.domain.lane import Lane
from darkfactory.domain.settings import Settings

_SHORT = 12


@dataclass(frozen=True, slots=True)
class Hold:
    """One red base: *base* was found red, *green* is the last commit before it known to be green.

    *harness* is the command that tells, where it is a lane's own; empty for that of all others.
    Once it is *searched*, *culprit* is the commit that made it red, empty where nobody can tell;
    *change* is what landed as it, *author* and *subject* tell of it. *revert* is the item whose
    change takes it back, empty where that cannot be: *conflicts* are the paths. *why* says why
    nobody is to blame.
    """

    branch: str
    base: str
    green: str
    failing: tuple[str, ...] = ()
    searched: bool = False
    culprit: str = ""
    change: str = ""
    author: str = ""
    subject: str = ""
    revert: str = ""
    conflicts: tuple[str, ...] = ()
    why: str = ""
    harness: str = ""

    @property
    def fixer(self) -> str:
        """The item whose work makes the base green again."""
        return f"fix-{self.base[:_SHORT]}"

    @property
    def reason(self) -> str:
        """What people are told."""
        failing = f" ({listed(self.failing)})" if self.failing else ""
        failing += f" by `{self.harness}`" if self.harness else ""
        if not self.searched:
            seen = f"{self.branch} is red at {self.base[:_SHORT]}{failing}"
            return f"{seen}, after {self.green[:_SHORT]} was green; who is to blame is searched"
        return f"{self.branch} is red since {self._since}{failing}; {self._mending}"

    @property
    def blamed(self) -> str:
        """What made the base red, in words; empty where nobody can tell."""
        if self.change:
            return f"{self.change} ({self.subject})"
        return f"{self.culprit[:_SHORT]} by {self.author} ({self.subject})" if self.culprit else ""

    @property
    def _since(self) -> str:
        return self.blamed or f"{self.base[:_SHORT]}, and nobody can be blamed: {self.why}"

    @property
    def _mending(self) -> str:
        return f"{self._undone}fixer: {self.fixer}"

    @property
    def _undone(self) -> str:
        if self.revert:
            return f"revert at the gate: {self.revert}; "
        found = listed(self.conflicts)
        return f"its revert conflicts in {found}; " if found else ""

    def mends(self, item: str) -> bool:
        """Tell whether the change of *item* may land although the base is red."""
        return item in (self.fixer, self.revert)

    def data(self) -> dict[str, Any]:
        """Return what ``gate.frozen`` tells."""
        return {
            "reason": self.reason,
            "branch": self.branch,
            "base": self.base,
            "green": self.green,
            "failing": list(self.failing),
            "searched": self.searched,
            "culprit": self.culprit,
            "landed_as": self.change,
            "author": self.author,
            "subject": self.subject,
            "revert": self.revert,
            "conflicts": list(self.conflicts),
            "why": self.why,
            "harness": self.harness,
            "fixer": self.fixer,
        }


def hold_of(data: dict[str, Any]) -> Hold:
    """Return what the data of a ``gate.frozen`` tells that names a base."""
    texts = ("branch", "base", "green", "culprit", "author", "subject", "revert", "why", "harness")
    return Hold(
        **{name: str(data.get(name) or "") for name in texts},
        change=str(data.get("landed_as") or ""),
        failing=tuple(map(str, data.get("failing") or ())),
        conflicts=tuple(map(str, data.get("conflicts") or ())),
        searched=bool(data.get("searched")),
    )


def tellers(settings: Settings) -> dict[str, Lane | None]:
    """Return a lane for each harness that tells of a red base, by its command.

    That of the lanes which have none of their own is named by the empty text.
    """
    return {"": None, **{lane.harness: lane for lane in settings.lanes if lane.harness}}


def teller(settings: Settings, hold: Hold) -> Lane | None:
    """Return the lane whose harness tells of *hold*; once no lane has it, that of all others."""
    return tellers(settings).get(hold.harness)
