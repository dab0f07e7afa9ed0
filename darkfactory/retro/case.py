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


Rule = tuple[str, str]
"""A non-negotiable: the skill, empty where the log does not tell it, and the id."""


@dataclass(frozen=True, slots=True)
class Case:
    """One session that has ended and what happened in it.

    *skills* are the versions it was given by name, *inline* those whose whole text its prompt held,
    *loaded* the names that its agent was seen to open, *opened* the files below a skill's folder
    that it read, as ``skill/path``. *kept* and *violated* hold the rules that were last judged so,
    *met* those whose case came. *doubts* are the signals it was steered or nuked for, *written* the
    contents of new files, by their hash and name.
    """

    sitting: Sitting
    started: int = 0
    skills: Mapping[str, str] = field(default_factory=dict)
    inline: frozenset[str] = frozenset()
    loaded: Mapping[str, int] = field(default_factory=dict)
    opened: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[Rule, int] = field(default_factory=dict)
    violated: Mapping[Rule, int] = field(default_factory=dict)
    met: frozenset[Rule] = frozenset()
    ran: tuple[Ran, ...] = ()
    words: tuple[Word, ...] = ()
    doubts: Mapping[str, int] = field(default_factory=dict)
    written: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def kept_at(self, rule: Rule) -> int | None:
        """Return where *rule* was judged as kept, None where it was not."""
        return self.kept.get(rule, self.kept.get(("", rule[1])))

    def violated_at(self, rule: Rule) -> int | None:
        """Return where *rule* was judged as violated, None where it was not."""
        return self.violated.get(rule, self.violated.get(("", rule[1])))

    def has_met(self, rule: Rule) -> bool:
        """Tell whether anything happened that *rule* is about."""
        return rule in self.met or ("", rule[1]) in self.met

    def was_judged(self, rule: Rule) -> bool:
        """Tell whether *rule* was judged at all."""
        return (self.kept_at(rule), self.violated_at(rule)) != (None, None)

    def has_read(self, skill: str) -> bool:
        """Tell whether its agent has had the whole text of *skill* before it."""
        return skill in self.loaded or skill in self.inline

    def at(self, offset: int) -> Evidence:
        """Return the place *offset* of this session's log."""
        return Evidence(self.sitting.session, offset)


def telling_lanes(cases: Iterable[Case]) -> set[str]:
    """Return the lanes whose agents tell what they open of a skill."""
    return {case.sitting.lane for case in cases if case.loaded}
