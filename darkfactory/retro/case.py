"""What the log of one session holds that a retro can learn from, as plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from darkfactory.retro.history import Sitting


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where something was seen: the event that begins at byte *offset* of a session's stream."""

    session: str
    offset: int


@dataclass(frozen=True, slots=True)
class Ran:
    """One command an agent ran in a shell: as a text to compare, and how it ended.

    *error* is the last line of its output that names an error; None when it did not fail, empty
    when no line says why. *script*: it is longer than one line.
    """

    offset: int
    command: str
    error: str | None = None
    output: str = ""
    script: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """What a person told a session: by a steer, or by sending its change back."""

    offset: int
    by: str
    day: str
    text: str
    verdict: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One session that has ended and what happened in it.

    *skills* are the versions it was given by name, *loaded* the names that its agent was seen to
    open, *opened* the files below a skill's folder that it read, as ``skill/path``. *kept* and
    *violated* hold the ids of non-negotiables. *doubts* are the signals it was steered or nuked
    for, *written* the contents of new files, by their hash and name.
    """

    sitting: Sitting
    started: int = 0
    skills: Mapping[str, str] = field(default_factory=dict)
    loaded: Mapping[str, int] = field(default_factory=dict)
    opened: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)
    violated: Mapping[str, int] = field(default_factory=dict)
    ran: tuple[Ran, ...] = ()
    words: tuple[Word, ...] = ()
    doubts: Mapping[str, int] = field(default_factory=dict)
    written: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def at(self, offset: int) -> Evidence:
        """Return the place *offset* of this session's log."""
        return Evidence(self.sitting.session, offset)


def telling_lanes(cases: Iterable[Case]) -> set[str]:
    """Return the lanes whose agents tell what they open of a skill."""
    return {case.sitting.lane for case in cases if case.loaded}
