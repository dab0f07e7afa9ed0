"""What is known around a library: lanes, runs of evals, mirrors of documentation, live links."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from darkfactory.domain.lane import Lane


@dataclass(frozen=True, slots=True)
class Tried:
    """The last run of a skill's evals: its day, and the models in it by the name of their agent."""

    on: date
    models: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """What rules know beside the skill itself; empty where nobody looked.

    *models* are those that lanes.yaml gives to agents, by name; *sizes* are the characters that
    each skill of the library takes in a catalogue; *price* is in USD for a million tokens sent.
    *mirrors* are texts of documentation by name, in small letters and with single blanks;
    *answers* say of links why they do not answer, empty where they do.
    """

    lanes: tuple[Lane, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    tried: Mapping[str, Tried] = field(default_factory=dict)
    price: float | None = None
    mirrors: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)

    def lanes_with(self, skill: str) -> list[Lane]:
        """Return the lanes that give *skill* to their sessions."""
        return [lane for lane in self.lanes if skill in lane.skills]
